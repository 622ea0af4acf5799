#include "fovea/io/pickle.h"

#include "fovea/io/little_endian.h"
#include "fovea/io/not_whole.h"

#include <algorithm>
#include <array>
#include <bit>

namespace fovea::io {
namespace {

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr size_t kMaxValues = 2'000'000;  // chosen: a thousand times a large network with its optimiser; about 200 MB

}  // namespace

/// The stack machine of the format: docs.python.org/3/library/pickletools.html names the opcodes; pickle.py of CPython is the reference.
class PickleReader {
 public:
  PickleReader(Pickle& pickle, std::span<const std::byte> bytes, std::span<const std::string_view> globals, std::string where)
      : values_(pickle.values_), bytes_(bytes), globals_(globals), where_(std::move(where)) {}

  Pickle::Node read() {
    while (true) {
      const char opcode = static_cast<char>(take(1)[0]);
      if (opcode == '.') break;
      run(opcode);
    }
    if (stack_.size() != 1 || !marks_.empty()) damaged("{} values are left at its end", stack_.size());
    return stack_.front();
  }

 private:
  using Node = Pickle::Node;

  template <class... Args>
  [[noreturn]] void damaged(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorCode::kData, Advice{std::string(kGetItAnew)}, "{}: byte {}: {}", where_, opcode_at_, fmt::format(format, std::forward<Args>(args)...));
  }

  // ---- bytes

  std::span<const std::byte> take(size_t count) {
    if (bytes_.size() - at_ < count) damaged("the pickle ends inside this value");
    const std::span<const std::byte> taken = bytes_.subspan(at_, count);
    at_ += count;
    return taken;
  }
  template <class T>
  T number() {
    return load_number<T>(take(sizeof(T)));
  }
  std::string text(uint64_t length) {
    if (length > bytes_.size()) damaged("a text of {} bytes, the pickle has {}", length, bytes_.size());
    return std::string(as_text(take(static_cast<size_t>(length))));
  }
  std::string line() {
    std::string result;
    for (char c = 0; (c = static_cast<char>(take(1)[0])) != '\n';) result += c;
    return result;
  }

  // ---- the stack

  void push(Pickle::Value value) {
    if (values_.size() >= kMaxValues) damaged("more than {} values", kMaxValues);
    values_.push_back(std::move(value));
    stack_.push_back(values_.size() - 1);
  }
  Node pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) damaged("a value is missing");
    const Node node = stack_.back();
    stack_.pop_back();
    return node;
  }
  Node top() {
    const Node node = pop();
    stack_.push_back(node);
    return node;
  }
  std::vector<Node> pop_to_mark() {
    if (marks_.empty()) damaged("a mark is missing");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Node> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }
  void push_tuple(size_t count) {
    std::vector<Node> items(count);
    for (size_t i = count; i-- > 0;) items[i] = pop();
    push(Pickle::Sequence{std::move(items)});
  }

  void remember(uint64_t index) {
    if (memo_.size() >= kMaxValues) damaged("more than {} values kept", kMaxValues);
    memo_[index] = top();
  }
  void recall(uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) damaged("value {} was never kept", index);
    stack_.push_back(found->second);
  }

  void append(std::span<const Node> items) {
    auto* list = std::get_if<Pickle::Sequence>(&values_[top()]);
    if (list == nullptr) damaged("items for something that is no list");
    list->items.insert(list->items.end(), items.begin(), items.end());
  }
  void set_items(std::span<const Node> items) {
    auto* dict = std::get_if<Pickle::Dict>(&values_[top()]);
    if (dict == nullptr) damaged("items for something that is no dict");
    if (items.size() % 2 != 0) damaged("a key without a value");
    for (size_t i = 0; i < items.size(); i += 2) dict->items.emplace_back(items[i], items[i + 1]);
  }

  void push_global(const std::string& name) {
    if (name != kOrderedDict && std::find(globals_.begin(), globals_.end(), name) == globals_.end()) {
      fail(ErrorCode::kData,
           Advice{"in Python, if you trust the file: d = torch.load(FILE, map_location=\"cpu\", weights_only=False), then torch.save of the "
                  "state dict alone: torch.save(d[\"state_dict\"], NEW), or of a whole model torch.save(d.state_dict(), NEW)"},
           "{}: byte {}: it holds a Python object \"{}\"; loading that would run code of the file, so only tensors, numbers, texts, lists and dicts are read",
           where_, opcode_at_, one_line(name, kShownName));
    }
    push(Pickle::Global{name});
  }
  void push_stack_global() {
    const auto* name = std::get_if<std::string>(&values_[pop()]);
    const auto* module = std::get_if<std::string>(&values_[pop()]);
    if (name == nullptr || module == nullptr) damaged("a name that is no text");
    push_global(*module + "." + *name);
  }
  void push_call() {
    const Node arguments = pop();
    const auto* function = std::get_if<Pickle::Global>(&values_[pop()]);
    const auto* list = std::get_if<Pickle::Sequence>(&values_[arguments]);
    if (function == nullptr || list == nullptr) damaged("a call of something that is no function");
    if (function->name != kOrderedDict) return push(Pickle::Call{.function = function->name, .arguments = arguments});
    if (!list->items.empty()) damaged("an OrderedDict made from a list of pairs");  // Python 2 wrote them so
    push(Pickle::Dict{});
  }
  /// Attributes of an object: an OrderedDict of PyTorch carries versions of its layers, which nothing here needs.
  void build() {
    pop();
    if (std::get_if<Pickle::Dict>(&values_[top()]) == nullptr) damaged("attributes for something that is no dict");
  }
  void push_long() {
    const std::span<const std::byte> bytes = take(number<uint8_t>());
    if (bytes.size() > sizeof(int64_t)) return push(Pickle::None{});  // a large seed or the like: no size of a tensor
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size(); ++i) value |= static_cast<uint64_t>(bytes[i]) << (8 * i);
    const unsigned unused_bits = static_cast<unsigned>(64 - 8 * bytes.size());
    push(bytes.empty() ? int64_t{0} : static_cast<int64_t>(value << unused_bits) >> unused_bits);  // two's complement
  }

  void run(char opcode) {
    opcode_at_ = at_ - 1;
    switch (opcode) {
      case '\x80': {  // PROTO
        const auto protocol = number<uint8_t>();
        if (protocol < 2 || protocol > 4) damaged("protocol {}; torch.save writes 2 to 4", protocol);
        return;
      }
      case '\x95': take(sizeof(uint64_t)); return;  // FRAME: for readers of pipes
      case '(': marks_.push_back(stack_.size()); return;
      case 'N': return push(Pickle::None{});
      case '\x88': return push(true);
      case '\x89': return push(false);
      case 'J': return push(static_cast<int64_t>(number<int32_t>()));
      case 'K': return push(static_cast<int64_t>(number<uint8_t>()));
      case 'M': return push(static_cast<int64_t>(number<uint16_t>()));
      case '\x8a': return push_long();
      case 'G': {  // BINFLOAT is big-endian
        const auto bits = number<uint64_t>();
        return push(std::bit_cast<double>(__builtin_bswap64(bits)));
      }
      case 'X': return push(text(number<uint32_t>()));
      case '\x8c': return push(text(number<uint8_t>()));
      case '\x8d': return push(text(number<uint64_t>()));
      case 'B': return push(text(number<uint32_t>()));  // bytes: a text like others here
      case 'C': return push(text(number<uint8_t>()));
      case ']':
      case ')': return push(Pickle::Sequence{});
      case '}': return push(Pickle::Dict{});
      case 't': return push(Pickle::Sequence{pop_to_mark()});
      case '\x85': return push_tuple(1);
      case '\x86': return push_tuple(2);
      case '\x87': return push_tuple(3);
      case 'a': {
        const Node item = pop();
        return append({&item, 1});
      }
      case 'e': return append(pop_to_mark());
      case 's': {
        const Node value = pop(), key = pop();
        const std::array<Node, 2> items{key, value};
        return set_items(items);
      }
      case 'u': return set_items(pop_to_mark());
      case 'q': return remember(number<uint8_t>());
      case 'r': return remember(number<uint32_t>());
      case '\x94': return remember(memo_.size());  // MEMOIZE
      case 'h': return recall(number<uint8_t>());
      case 'j': return recall(number<uint32_t>());
      case 'c': {
        const std::string module = line();
        return push_global(module + "." + line());
      }
      case '\x93': return push_stack_global();
      case 'R': return push_call();
      case 'b': return build();
      case 'Q': return push(Pickle::Persistent{pop()});
      default: damaged("opcode 0x{:02x} is none that torch.save writes", static_cast<unsigned char>(opcode));
    }
  }

  std::vector<Pickle::Value>& values_;
  std::span<const std::byte> bytes_;
  std::span<const std::string_view> globals_;
  std::string where_;
  size_t at_ = 0;
  size_t opcode_at_ = 0;
  std::vector<Node> stack_;
  std::vector<size_t> marks_;
  std::map<uint64_t, Node> memo_;
};

Pickle::Pickle(std::span<const std::byte> bytes, std::span<const std::string_view> globals, std::string where) {
  root_ = PickleReader(*this, bytes, globals, std::move(where)).read();
}

}  // namespace fovea::io
