#include "fovea/data/convert.h"

#include "fovea/base/error.h"
#include "fovea/base/parallel.h"
#include "fovea/base/strings.h"
#include "fovea/data/detection_set.h"
#include "fovea/image/decode.h"
#include "fovea/io/example.h"
#include "fovea/io/fingerprint.h"
#include "fovea/io/json.h"
#include "fovea/io/tfrecord.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <limits>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

namespace fovea::data {
namespace {

constexpr int kJpegQuality = 100;                         // spec 2.5: "re-encoded as RGB JPEG quality 100"
constexpr int64_t kMaxPictureBytes = int64_t{256} << 20;  // as for records
constexpr std::string_view kPartialMark = ".partial-";

struct Record {
  std::string bytes;
  bool is_reencoded = false;
};

/// The keys of spec 3.7, or of spec 2.5, for class folders with image/class/text in place of image/class/synset.
Record make_record(const ConvertPlan& plan, const PlannedPicture& picture) {
  std::vector<std::byte> encoded = read_bytes(picture.path, kMaxPictureBytes);
  const image::Info info = image::read_info(encoded);
  const image::Image pixels = image::decode(encoded);  // also when the bytes are kept: damage is found here and not in training
  const bool is_reencoded = info.format == image::Format::kPng || info.is_cmyk;
  if (is_reencoded) encoded = image::encode_jpeg(pixels, kJpegQuality);

  if (plan.kind == ConvertKind::kCoco) {
    const BoxFeatures& boxes = plan.boxes[static_cast<size_t>(picture.class_id)];
    expect_annotated_size(pixels.size(), boxes.size);
    const std::string name = fs::path(picture.path).filename().string();
    return {.bytes = io::serialize(box_example(boxes, name, std::string(as_text(encoded)))), .is_reencoded = is_reencoded};
  }
  io::Example example;
  example.features["image/height"] = io::Int64List{pixels.height};
  example.features["image/width"] = io::Int64List{pixels.width};
  example.features["image/channels"] = io::Int64List{3};
  example.features["image/colorspace"] = io::BytesList{"RGB"};
  const bool is_imagenet = plan.kind == ConvertKind::kImageNet;
  example.features["image/class/label"] = io::Int64List{picture.class_id + (is_imagenet ? 1 : 0)};  // spec 2.5: 1-based rank
  example.features[is_imagenet ? "image/class/synset" : "image/class/text"] = io::BytesList{plan.classes[static_cast<size_t>(picture.class_id)]};
  example.features["image/format"] = io::BytesList{"JPEG"};
  example.features["image/filename"] = io::BytesList{fs::path(picture.path).filename().string()};
  example.features["image/encoded"] = io::BytesList{std::string(as_text(encoded))};
  return {.bytes = io::serialize(example), .is_reencoded = is_reencoded};
}

/// A shard under a temporary name until complete() renames it.
class ShardFile {
 public:
  explicit ShardFile(const fs::path& path) : path_(path), partial_(fmt::format("{}{}{}", path.string(), kPartialMark, ::getpid())), file_(partial_) {}
  ~ShardFile() {
    if (!is_complete_) ::unlink(partial_.c_str());
  }
  ShardFile(const ShardFile&) = delete;
  ShardFile& operator=(const ShardFile&) = delete;

  void append(std::string_view payload) { file_.write(io::framed_record(as_bytes(payload))); }

  void complete() {
    file_.finish();
    std::error_code error;
    fs::rename(partial_, path_, error);
    if (error) fail(ErrorCode::kCannotCreate, "cannot create \"{}\": {}", path_.string(), error.message());
    is_complete_ = true;
    sync_directory(path_.parent_path());
  }

 private:
  fs::path path_;
  fs::path partial_;
  OutputFile file_;
  bool is_complete_ = false;
};

class Conversion {
 public:
  Conversion(ConvertPlan plan, fs::path output, const ConvertOptions& options) : plan_(std::move(plan)), output_(std::move(output)), options_(options) {
    for (const PlannedShard& shard : plan_.shards) total_ += shard.end - shard.begin;
  }

  ConvertResult run() {
    std::vector<const PlannedShard*> missing;
    for (const PlannedShard& shard : plan_.shards) {
      make_directories((output_ / shard.name).parent_path());
      if (fs::exists(output_ / shard.name)) {
        done_ += shard.end - shard.begin;
      } else {
        missing.push_back(&shard);
      }
    }
    for_each_index(static_cast<int64_t>(missing.size()), options_.threads, options_.stop, [&](int64_t i) { write(*missing[static_cast<size_t>(i)]); });

    ConvertResult result{.is_complete = done_ == total_, .pictures = total_, .shards = static_cast<int64_t>(plan_.shards.size())};
    result.shards_kept = result.shards - static_cast<int64_t>(missing.size());
    result.shards_complete = std::ranges::count_if(plan_.shards, [&](const PlannedShard& shard) { return fs::exists(output_ / shard.name); });
    result.reencoded = reencoded_;
    result.boxes = plan_.tally;
    for (const PlannedShard& shard : plan_.shards) {
      if (!fs::exists(skip_list(shard))) continue;
      for (const std::string& line : split(read_text(skip_list(shard)), '\n')) {
        if (!line.empty()) result.skipped.push_back(line);
      }
    }
    return result;
  }

 private:
  [[nodiscard]] fs::path skip_list(const PlannedShard& shard) const { return output_ / "skipped" / fs::path(shard.name + ".txt").filename(); }

  void write(const PlannedShard& shard) {
    ShardFile file(output_ / shard.name);
    std::string skipped;
    for (int64_t i = shard.begin; i < shard.end; ++i) {
      if (options_.stop.stop_requested()) {
        done_ -= i - shard.begin;
        return;
      }
      const PlannedPicture& picture = plan_.picture(shard, i);
      try {
        const Record record = make_record(plan_, picture);
        file.append(record.bytes);
        reencoded_ += record.is_reencoded ? 1 : 0;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kData && error.code() != ErrorCode::kMissing) throw;
        const std::string message = fmt::format("{}: {}", picture.path, error.what());
        if (options_.on_corrupt == OnCorrupt::kStop)
          fail(ErrorCode::kData, Advice{"repair or remove the picture, or leave damaged pictures out: --on-corrupt skip"}, "{}", message);
        skipped += message + "\n";
      }
      report_one();
    }
    if (!skipped.empty()) {
      make_directories(skip_list(shard).parent_path());
      write_atomically(skip_list(shard), skipped);  // before the shard: a complete shard has its list
    }
    file.complete();
  }

  void report_one() {
    const std::lock_guard lock(progress_mutex_);
    const int64_t done = ++done_;
    if (options_.progress) options_.progress(done, total_);
  }

  ConvertPlan plan_;
  fs::path output_;
  const ConvertOptions& options_;
  int64_t total_ = 0;
  std::atomic<int64_t> done_{0};
  std::atomic<int64_t> reencoded_{0};
  std::mutex progress_mutex_;
};

/// Would records at `output` lie among the pictures of `source`? ImageNet's records may lie beside its two folders of pictures, as the reference's
/// instructions have it; class folders are read by other commands, which would take records in them for the data set.
bool lies_among_pictures(ConvertKind kind, const fs::path& output, const fs::path& source) {
  const fs::path relative = fs::weakly_canonical(output).lexically_relative(fs::weakly_canonical(source));
  if (relative.empty() || *relative.begin() == "..") return false;
  if (kind != ConvertKind::kImageNet) return true;
  constexpr std::array<std::string_view, 6> kTaken{".", "train", "img_train", "val", "validation", "img_val"};
  return std::ranges::find(kTaken, relative.begin()->string()) != kTaken.end();
}

/// "train" or "val", as its records are named.
std::string_view split_name(const OneSplit& one) { return one.split == Split::kTrain ? "train" : "val"; }

/// The file in `output` that says what is being converted.
std::string plan_name(const ConvertOptions& options) {
  return options.one_split ? fmt::format("convert-{}.json", split_name(*options.one_split)) : std::string("convert.json");
}

/// What stands in the way of a new conversion in `output`; empty: nothing.
std::string obstacle(const fs::path& output, const ConvertOptions& options) {
  std::error_code error;
  std::string found;
  for (const auto& entry : fs::directory_iterator(output, error)) {
    const std::string name = entry.path().filename().string();
    const bool is_plan = name == "convert.json" || name == "convert-train.json" || name == "convert-val.json";
    if (!options.one_split) {
      if (is_plan) return fmt::format("holds a conversion of one split ({})", name);
      found = "is not empty and holds no conversion";
      continue;
    }
    if (name == "convert.json") return "holds a conversion of both splits (convert.json)";
    if (name.starts_with(fmt::format("{}-", split_name(*options.one_split))) && name.find("-of-") != std::string::npos)
      found = fmt::format("holds records already (\"{}\") and no {}", name, plan_name(options));
  }
  if (error) fail(ErrorCode::kCannotCreate, "cannot look into \"{}\": {}", output.string(), error.message());
  return found;
}

std::string plan_text(const ConvertPlan& plan, const fs::path& source, const ConvertOptions& options) {
  io::OrderedJson json{{"kind", std::string(kConvertKindNames[static_cast<size_t>(plan.kind)])},
                       {"source", fs::absolute(source).string()},
                       {"train_pictures", plan.train.size()},
                       {"validation_pictures", plan.validation.size()},
                       {"shards", plan.shards.size()},
                       {"on_corrupt", std::string(kOnCorruptNames[static_cast<size_t>(options.on_corrupt)])},
                       {"fingerprint", io::hex(plan.fingerprint)},
                       {"classes", plan.classes}};
  if (options.one_split) json["annotations"] = fs::absolute(options.one_split->annotations).string();
  return io::json_text(json, 2) + "\n";
}

/// The text of convert.json under `key`.
std::string plan_value(const fs::path& plan_path, const io::Json& plan, const char* key) {
  if (!plan.is_object() || !plan.contains(key) || !plan[key].is_string()) {
    fail(ErrorCode::kData, Advice{"choose another folder, or remove this one to begin anew"}, "\"{}\" is damaged: no text \"{}\" in it", plan_path.string(),
         key);
  }
  return plan[key].get<std::string>();
}

/// Is there another process of this number? Signal 0 only asks.
bool is_another_process(int64_t id) {
  if (id <= 0 || id > std::numeric_limits<pid_t>::max() || id == ::getpid()) return false;
  return ::kill(static_cast<pid_t>(id), 0) == 0 || errno == EPERM;
}

/// Removes what a killed call left of these shards. What a process that lives is writing stays: the same command may have been started twice.
void remove_partial_files(const ConvertPlan& plan, const fs::path& output) {
  std::set<fs::path> shards;
  std::set<fs::path> folders;
  for (const PlannedShard& shard : plan.shards) {
    shards.insert(output / shard.name);
    folders.insert((output / shard.name).parent_path());
  }
  std::vector<fs::path> found;
  for (const fs::path& folder : folders) {
    std::error_code error;  // a folder that is not there yet holds nothing
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      const std::string name = entry.path().filename().string();
      const size_t mark = name.rfind(kPartialMark);
      if (mark == std::string::npos || !shards.contains(folder / name.substr(0, mark))) continue;
      const std::optional<int64_t> process = parse_int(std::string_view(name).substr(mark + kPartialMark.size()));
      if (process && !is_another_process(*process)) found.push_back(entry.path());
    }
  }
  for (const fs::path& path : found) {
    std::error_code ignored;  // what cannot be removed takes some space and does no harm
    fs::remove(path, ignored);
  }
}

/// Makes the output folder ours, or finds that it is: empty, or with a convert.json of the same plan. Whatever else lies beside that stays.
void claim_output(const ConvertPlan& plan, const fs::path& source, const fs::path& output, const ConvertOptions& options) {
  if (lies_among_pictures(plan.kind, output, source)) {
    fail(ErrorCode::kCannotCreate, Advice{"choose a folder outside it: the pictures' folder is never written to"},
         "the output \"{}\" lies inside the input \"{}\"", output.string(), source.string());
  }
  make_directories(output);
  const fs::path plan_path = output / plan_name(options);
  const std::string text = plan_text(plan, source, options);
  std::error_code error;
  if (!fs::exists(plan_path, error)) {
    if (const std::string found = obstacle(output, options); !found.empty())
      fail(ErrorCode::kCannotCreate, Advice{"choose another folder"}, "\"{}\" {}", output.string(), found);
    write_atomically(plan_path, text);
    return;
  }
  const io::Json found = io::read_json(plan_path);
  const std::string fingerprint = plan_value(plan_path, found, "fingerprint");
  if (fingerprint != io::hex(plan.fingerprint)) {
    fail(ErrorCode::kCannotCreate, Advice{"choose another folder, or remove this one to begin anew"},
         "\"{}\" holds a conversion of other pictures or into other shards (fingerprint {}, now {}), of \"{}\"", output.string(), fingerprint,
         io::hex(plan.fingerprint), plan_value(plan_path, found, "source"));
  }
  remove_partial_files(plan, output);
}

}  // namespace

ConvertResult convert_dataset(ConvertKind kind, const fs::path& source, const fs::path& output, const ConvertOptions& options) {
  ConvertPlan plan = options.one_split ? plan_one_split(source, *options.one_split, options.shards, options.keep_without_boxes)
                                       : plan_conversion(kind, source, options.shards, options.keep_without_boxes);
  claim_output(plan, source, output, options);
  return Conversion(std::move(plan), output, options).run();
}

}  // namespace fovea::data
