#include "fovea/io/torch_file.h"

#include "fovea/io/not_whole.h"
#include "fovea/io/pickle.h"
#include "fovea/io/torch_names.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>

namespace fovea::io {
namespace {

constexpr int64_t kMaxPickleBytes = int64_t{16} << 20;  // chosen: a hundred times a large network with its optimiser
constexpr int64_t kMaxExtraBytes = int64_t{4} << 20;    // chosen: a recipe and 100,000 names of classes
constexpr size_t kMaxAxes = 64;                         // what PyTorch itself allows
constexpr size_t kMaxName = 1000;                       // chosen: names are copied, and a few bytes may refer to the same long one often
constexpr int kMaxDepth = 4;                            // of dicts in dicts; seen: {"state_dict": ...}, {"ema": {"model": ...}}

template <class... Args>
[[noreturn]] void damaged(const fs::path& path, fmt::format_string<Args...> format, Args&&... args) {
  not_whole(path, "file of torch.save", fmt::format(format, std::forward<Args>(args)...));
}

/// The end of the file's first bytes decides what else it may be.
const fs::path& expect_archive(const fs::path& path) {
  std::array<std::byte, 4> first{};
  const size_t count = InputFile(path).read_at(0, first);
  const std::string_view text = as_text(first).substr(0, count);
  if (text.starts_with("PK\x03\x04")) return path;
  if (text.starts_with('\x80')) {
    fail(ErrorCode::kData,
         Advice{fmt::format("write it anew: python -c 'import torch; torch.save(torch.load(\"{}\", map_location=\"cpu\", weights_only=True), \"new.pth\")'",
                            path.string())},
         "\"{}\" is in the form that torch.save had before PyTorch 1.6 (a bare pickle), which is not read", path.string());
  }
  damaged(path, "it does not begin as a zip archive does");
}

/// What the pickle says, turned into tensors.
class Interpreter {
 public:
  Interpreter(const ZipFile& zip, const Pickle& pickle, std::string folder) : zip_(zip), pickle_(pickle), folder_(std::move(folder)) {}

  std::vector<TorchGroup> groups() {
    look_through(pickle_.root(), "", 0);
    for (const std::string& entry : used_) zip_.verify(entry);
    return std::move(groups_);
  }

 private:
  using Node = Pickle::Node;

  void look_through(Node node, const std::string& path, int depth) {
    const auto* dict = pickle_.get<Pickle::Dict>(node);
    if (dict == nullptr || depth > kMaxDepth || !seen_.insert(node).second) return;
    const size_t place = groups_.size();
    groups_.push_back({.path = path, .tensors = {}});
    for (const auto& [key, value] : dict->items) {
      const auto* name = pickle_.get<std::string>(key);
      if (name == nullptr) continue;  // numbers: the state of an optimiser
      if (name->size() > kMaxName) damaged(zip_.path(), "a name of {} bytes; more than {} are not read", name->size(), kMaxName);
      if (pickle_.get<Pickle::Call>(value) != nullptr) groups_[place].tensors.insert_or_assign(*name, tensor(*name, value));
      look_through(value, path.empty() ? *name : path + "/" + *name, depth + 1);
    }
    if (groups_[place].tensors.empty()) groups_.erase(groups_.begin() + static_cast<std::ptrdiff_t>(place));
  }

  [[noreturn]] void unclear(const std::string& name, std::string_view what) const { damaged(zip_.path(), "tensor \"{}\" has {}", name, what); }

  std::span<const Node> sequence(const std::string& name, Node node, size_t at_least, std::string_view what) const {
    const auto* list = pickle_.get<Pickle::Sequence>(node);
    if (list == nullptr || list->items.size() < at_least) unclear(name, what);
    return list->items;
  }

  std::vector<int64_t> sizes(const std::string& name, Node node, std::string_view what) const {
    std::vector<int64_t> numbers;
    const std::span<const Node> items = sequence(name, node, 0, what);
    if (items.size() > kMaxAxes) unclear(name, fmt::format("{} axes; more than {} are not possible", items.size(), kMaxAxes));
    for (const Node item : items) {
      const auto* number = pickle_.get<int64_t>(item);
      if (number == nullptr || *number < 0) unclear(name, what);
      numbers.push_back(*number);
    }
    return numbers;
  }

  struct Storage {
    TensorType type;
    int64_t offset, elements;
  };

  /// ("storage", torch.FloatStorage, "12", "cpu", 64)
  Storage storage(const std::string& name, Node node) {
    constexpr std::string_view kWhat = "a storage that is not described as torch.save does";
    const auto* outside = pickle_.get<Pickle::Persistent>(node);
    if (outside == nullptr) unclear(name, kWhat);
    const std::span<const Node> id = sequence(name, outside->id, 5, kWhat);
    const auto* word = pickle_.get<std::string>(id[0]);
    const auto* kind = pickle_.get<Pickle::Global>(id[1]);
    const auto* key = pickle_.get<std::string>(id[2]);
    const auto* elements = pickle_.get<int64_t>(id[4]);
    if (word == nullptr || *word != "storage" || kind == nullptr || key == nullptr || elements == nullptr) unclear(name, kWhat);
    const auto* row = std::ranges::find(kTorchStorages, kind->name, &TorchStorage::name);
    if (row == kTorchStorages.end()) unclear(name, kWhat);
    const std::string entry_name = folder_ + "data/" + *key;
    const auto entry = zip_.entries().find(entry_name);
    if (entry == zip_.entries().end()) damaged(zip_.path(), "tensor \"{}\" refers to \"{}\", which is missing", name, entry_name);
    const int64_t width = bytes_of(row->type);
    if (entry->second.bytes % width != 0 || entry->second.bytes / width != *elements) {
      damaged(zip_.path(), "tensor \"{}\" refers to \"{}\" with {} elements of {} bytes, but that has {} bytes", name, entry_name, *elements, width,
              entry->second.bytes);
    }
    used_.insert(entry_name);
    return {.type = row->type, .offset = entry->second.offset, .elements = *elements};
  }

  /// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks); _rebuild_parameter(tensor, requires_grad, hooks)
  TorchTensor tensor(const std::string& name, Node node) {
    constexpr std::string_view kWhat = "a description that is not torch.save's";
    const auto* call = pickle_.get<Pickle::Call>(node);
    if (call != nullptr && call->function == kRebuildParameter) call = pickle_.get<Pickle::Call>(sequence(name, call->arguments, 1, kWhat)[0]);
    if (call == nullptr || call->function != kRebuildTensor) unclear(name, kWhat);
    const std::span<const Node> arguments = sequence(name, call->arguments, 4, kWhat);
    const Storage held = storage(name, arguments[0]);
    const auto* first = pickle_.get<int64_t>(arguments[1]);
    TorchTensor tensor{.type = held.type,
                       .shape = sizes(name, arguments[2], "a shape that is no list of whole numbers"),
                       .strides = sizes(name, arguments[3], "strides that are no list of whole numbers, or are negative")};
    if (first == nullptr || *first < 0 || *first > held.elements) unclear(name, "a first element outside its storage");
    if (tensor.shape.size() != tensor.strides.size()) unclear(name, "a shape and strides of different lengths");
    check_bounds(name, tensor, *first, held.elements);
    tensor.offset = held.offset + *first * bytes_of(held.type);
    return tensor;
  }

  void check_bounds(const std::string& name, const TorchTensor& tensor, int64_t first, int64_t available) const {
    if (std::ranges::find(tensor.shape, 0) != tensor.shape.end()) {  // nothing to read, but whoever takes it multiplies its sides
      int64_t product = 1;
      for (const int64_t side : tensor.shape) {
        if (side > 0 && __builtin_mul_overflow(product, side, &product)) unclear(name, "a shape that no memory holds");
      }
      return;
    }
    int64_t elements = 1, last = first;
    for (size_t i = 0; i < tensor.shape.size(); ++i) {
      int64_t reach = 0;
      const bool fits = !__builtin_mul_overflow(elements, tensor.shape[i], &elements) &&
                        !__builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &reach) && !__builtin_add_overflow(last, reach, &last) &&
                        elements <= available && last < available;
      // more elements than the storage: repeated ones (expand), which a few bytes could blow up to any size
      if (!fits) unclear(name, fmt::format("a shape and strides that leave its storage of {} elements", available));
    }
    if (last >= available) unclear(name, fmt::format("a first element outside its storage of {} elements", available));
  }

  const ZipFile& zip_;
  const Pickle& pickle_;
  std::string folder_;
  std::vector<TorchGroup> groups_;
  std::set<Node> seen_;
  std::set<std::string> used_;
};

/// The folder of the archive's entries, "archive/"; torch.save calls it after the file.
std::string folder_of(const ZipFile& zip) {
  std::optional<std::string> folder;
  for (const auto& [name, entry] : zip.entries()) {
    constexpr std::string_view kPickle = "data.pkl";
    if (name.ends_with("constants.pkl")) {
      fail(ErrorCode::kData, Advice{"in Python: torch.save(torch.jit.load(FILE, map_location=\"cpu\").state_dict(), NEW)"},
           "\"{}\" is a TorchScript program (torch.jit.save), not a file of torch.save", zip.path().string());
    }
    if (name.ends_with(kPickle) && (name == kPickle || name[name.size() - kPickle.size() - 1] == '/')) folder = name.substr(0, name.size() - kPickle.size());
  }
  if (!folder) damaged(zip.path(), "the archive has no data.pkl");
  return *folder;
}

}  // namespace

int64_t TorchTensor::elements() const {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

TorchFile::TorchFile(const fs::path& path) : zip_(expect_archive(path)) {
  const std::string folder = folder_of(zip_);
  if (const std::string order = folder + "byteorder"; zip_.entries().contains(order) && as_text(zip_.read(order, 64)) != "little") {
    damaged(path, "its numbers are big-endian");
  }
  const Pickle pickle(zip_.read(folder + "data.pkl", kMaxPickleBytes), kTorchGlobals,
                      fmt::format("\"{}\": {}data.pkl", path.string(), one_line(folder, kShownName)));
  groups_ = Interpreter(zip_, pickle, folder).groups();
  const std::string extra = folder + std::string(kTorchExtra);
  for (auto entry = zip_.entries().lower_bound(extra); entry != zip_.entries().end() && entry->first.starts_with(extra); ++entry) {
    const bool is_text = entry->second.method == 0 && entry->second.bytes <= kMaxExtraBytes;  // of other programs there may be anything
    if (is_text) metadata_.emplace(entry->first.substr(extra.size()), as_text(zip_.read(entry->first, kMaxExtraBytes)));
  }
}

void TorchFile::read(const TorchTensor& tensor, std::span<std::byte> target) const {
  FOVEA_CHECK(std::cmp_equal(target.size(), tensor.bytes()), "{} bytes for a tensor of {}", target.size(), tensor.bytes());
  if (target.empty()) return;
  const auto width = static_cast<size_t>(bytes_of(tensor.type));
  int64_t reach = 1, expected = 1;
  bool is_row_major = true;
  for (size_t i = tensor.shape.size(); i-- > 0;) {
    is_row_major = is_row_major && (tensor.shape[i] == 1 || tensor.strides[i] == expected);
    expected *= tensor.shape[i];
    reach += (tensor.shape[i] - 1) * tensor.strides[i];
  }
  if (is_row_major) return zip_.read_at(tensor.offset, target);

  std::vector<std::byte> held(static_cast<size_t>(reach) * width);
  zip_.read_at(tensor.offset, held);
  std::vector<int64_t> index(tensor.shape.size());
  int64_t from = 0;
  for (size_t to = 0; to < target.size(); to += width) {
    std::memcpy(target.data() + to, held.data() + static_cast<size_t>(from) * width, width);
    for (size_t i = index.size(); i-- > 0;) {  // the next index, the last axis fastest
      from += tensor.strides[i];
      if (++index[i] < tensor.shape[i]) break;
      from -= index[i] * tensor.strides[i];
      index[i] = 0;
    }
  }
}

}  // namespace fovea::io
