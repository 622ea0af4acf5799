#include "fovea/data/image_folder.h"

#include "fovea/base/error.h"
#include "fovea/base/parallel.h"
#include "fovea/base/strings.h"
#include "fovea/io/fingerprint.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

namespace fovea::data {
namespace {

constexpr std::array<std::string_view, 5> kExtensions{".jpg", ".jpeg", ".jpe", ".jfif", ".png"};
constexpr int64_t kMaxPictureBytes = int64_t{256} << 20;  // as for records
constexpr int64_t kListThreads = 8;                       // chosen: keeps a disk's queue filled

struct ClassFiles {
  PictureNames pictures;
  std::string identity;  // names and sizes
};

class ImageFolder final : public Dataset {
 public:
  ImageFolder(fs::path folder, DatasetInfo info, const std::vector<ClassFiles>& classes) : folder_(std::move(folder)), info_(std::move(info)) {
    for (const ClassFiles& files : classes) {
      class_starts_.push_back(size());
      for (const std::string& name : files.pictures.names) {
        names_ += name;
        name_ends_.push_back(names_.size());
      }
    }
  }

  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] int64_t size() const override { return static_cast<int64_t>(name_ends_.size()); }

  [[nodiscard]] Sample get(int64_t index) const override {
    Sample sample{.encoded = read_bytes(path(index), kMaxPictureBytes), .picture = nullptr, .label = label(index)};
    if (sample.encoded.empty()) fail(ErrorCode::kData, "\"{}\" is empty", place(index));
    return sample;
  }

  [[nodiscard]] std::string place(int64_t index) const override { return path(index).string(); }
  [[nodiscard]] std::optional<int64_t> known_label(int64_t index) const override { return label(index); }

 private:
  [[nodiscard]] int64_t label(int64_t index) const {
    FOVEA_CHECK(index >= 0 && index < size(), "sample {} of {}", index, size());
    return std::upper_bound(class_starts_.begin(), class_starts_.end(), index) - class_starts_.begin() - 1;
  }

  [[nodiscard]] fs::path path(int64_t index) const {
    const auto i = static_cast<size_t>(index);
    const int64_t class_id = label(index);
    const size_t begin = i == 0 ? 0 : name_ends_[i - 1];
    return folder_ / info_.class_names[static_cast<size_t>(class_id)] / names_.substr(begin, name_ends_[i] - begin);
  }

  fs::path folder_;
  DatasetInfo info_;
  std::string names_;  // all file names one behind the other: a million strings would take three times the memory
  std::vector<size_t> name_ends_;
  std::vector<int64_t> class_starts_;
};

ClassFiles list_class(const fs::path& folder) {
  ClassFiles files{.pictures = list_pictures(folder), .identity = {}};
  if (files.pictures.names.empty()) {
    const PictureNames& found = files.pictures;
    fail(ErrorCode::kData, Advice{"put pictures there or remove the folder"}, "class folder \"{}\" has no JPEG or PNG pictures{}", folder.string(),
         found.left_out == 0 ? "" : fmt::format("; it has {}, as \"{}\"", format_count(found.left_out, "other file"), found.left_out_example));
  }
  for (const std::string& name : files.pictures.names) {
    const auto stamp = file_stamp(folder / name);
    files.identity += fmt::format("{}\n{}\n", name, stamp ? stamp->size : -1);  // a dangling link is met again by get()
  }
  return files;
}

}  // namespace

bool is_picture_name(std::string_view name) {
  if (name.starts_with('.')) return false;
  std::string extension = fs::path(name).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

PictureNames list_pictures(const fs::path& folder) {
  PictureNames found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code unknown;  // a dangling link is neither a folder nor a file; its name decides
    std::string name = entry.path().filename().string();
    if (name.starts_with('.')) continue;
    if (entry.is_directory(unknown)) {
      ++found.folders;
      continue;
    }
    if (is_picture_name(name)) {
      found.names.push_back(std::move(name));
    } else {
      ++found.left_out;
      if (found.left_out_example.empty() || name < found.left_out_example) found.left_out_example = std::move(name);
    }
  }
  if (error) fail(ErrorCode::kIo, Advice{"check its permissions"}, "cannot list folder \"{}\": {}", folder.string(), error.message());
  std::sort(found.names.begin(), found.names.end());
  return found;
}

std::vector<std::string> list_folders(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code unknown;
    if (!entry.is_directory(unknown)) continue;
    std::string name = entry.path().filename().string();
    if (!name.starts_with('.')) names.push_back(std::move(name));
  }
  if (error) fail(ErrorCode::kIo, Advice{"check its permissions"}, "cannot list folder \"{}\": {}", folder.string(), error.message());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> missing_classes(const std::vector<std::string>& known, const fs::path& train, const fs::path& validation) {
  const std::vector<std::string> found = list_folders(validation);
  std::vector<std::string> missing, unknown;
  std::set_difference(known.begin(), known.end(), found.begin(), found.end(), std::back_inserter(missing));
  std::set_difference(found.begin(), found.end(), known.begin(), known.end(), std::back_inserter(unknown));
  if (unknown.empty()) return missing;
  fail(ErrorCode::kData, Advice{"name the class folders as those of training, or remove them"}, "\"{}\" has classes that \"{}\" does not have: {}{}",
       validation.string(), train.string(), join_first(unknown), missing.empty() ? "" : "; it lacks " + join_first(missing));
}

std::unique_ptr<Dataset> open_image_folder(const fs::path& folder, const std::vector<std::string>& names) {
  const std::vector<std::string> folders = list_folders(folder);
  if (folders.empty()) {
    const size_t pictures = list_pictures(folder).names.size();
    fail(ErrorCode::kData, Advice{fmt::format("put the pictures of each class into a folder of its own: {}/CLASS/PICTURE.jpg", folder.string())},
         "\"{}\" has no class folders; it has {} directly in it", folder.string(), format_count(static_cast<int64_t>(pictures), "picture"));
  }
  DatasetInfo info{.class_names = names.empty() ? folders : names};
  info.num_outputs = static_cast<int64_t>(info.class_names.size());
  std::vector<ClassFiles> classes(info.class_names.size());
  for_each_index(info.num_outputs, kListThreads, {}, [&](int64_t i) {
    const std::string& name = info.class_names[static_cast<size_t>(i)];
    if (std::binary_search(folders.begin(), folders.end(), name)) classes[static_cast<size_t>(i)] = list_class(folder / name);
  });

  int64_t pictures = 0;
  int64_t left_out = 0, sub_folders = 0;
  std::string identity;
  for (size_t i = 0; i < classes.size(); ++i) {
    pictures += static_cast<int64_t>(classes[i].pictures.names.size());
    left_out += classes[i].pictures.left_out;
    sub_folders += classes[i].pictures.folders;
    identity += fmt::format("{}/\n{}", info.class_names[i], classes[i].identity);
  }
  info.source = fmt::format("class folders in {}: {}, {} class{}", folder.string(), format_count(pictures, "picture"), format_count(info.num_outputs),
                            info.num_outputs == 1 ? "" : "es");
  if (left_out > 0) info.source += fmt::format("; {} not a JPEG or PNG by name left out", format_count(left_out, "file"));
  if (sub_folders > 0) info.source += fmt::format("; {} of class folders left out with what is in them", format_count(sub_folders, "sub-folder"));
  if (const size_t loose = list_pictures(folder).names.size(); loose > 0)
    info.source += fmt::format("; {} outside of class folders left out", format_count(static_cast<int64_t>(loose), "picture"));
  info.fingerprint = io::hash64(as_bytes(identity));
  return std::make_unique<ImageFolder>(folder, std::move(info), classes);
}

}  // namespace fovea::data
