#include "fovea/train/run_log.h"

#include "fovea/base/error.h"
#include "fovea/base/file.h"
#include "fovea/base/strings.h"
#include "fovea/image/decode.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>

namespace fovea::train {
namespace {

constexpr int kVersion = 1;  // of the lines

// Summaries of RN-E, scalars of RN-K (spec 2.10), and those of SSD's evaluation (3.11), which has AP twice. "accuracy" and "loss" of an evaluation stand in
// a folder of their own.
constexpr std::array<std::array<std::string_view, 2>, 24> kTfTags{{{"train/loss", "loss"},
                                                                   {"train/cross_entropy", "cross_entropy"},
                                                                   {"train/l2_loss", "l2_loss"},
                                                                   {"train/lr", "learning_rate"},
                                                                   {"train/top1", "train_accuracy"},
                                                                   {"train/top5", "train_accuracy_top_5"},
                                                                   {"perf/steps_per_s", "global_step/sec"},
                                                                   {"perf/img_per_s", "examples/sec"},
                                                                   {"val/top1", "accuracy"},
                                                                   {"val/top5", "accuracy_top_5"},
                                                                   {"val/AP", "accuracy"},
                                                                   {"val/AP", "COCO/AP"},
                                                                   {"val/AP50", "COCO/AP50"},
                                                                   {"val/AP75", "COCO/AP75"},
                                                                   {"val/APs", "COCO/APs"},
                                                                   {"val/APm", "COCO/APm"},
                                                                   {"val/APl", "COCO/APl"},
                                                                   {"val/ARmax1", "COCO/ARmax1"},
                                                                   {"val/ARmax10", "COCO/ARmax10"},
                                                                   {"val/ARmax100", "COCO/ARmax100"},
                                                                   {"val/ARs", "COCO/ARs"},
                                                                   {"val/ARm", "COCO/ARm"},
                                                                   {"val/ARl", "COCO/ARl"},
                                                                   {"val/loss", "loss"}}};

double unix_time() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// Cuts off what stands behind the last line end: a line that was torn by a full disk or a kill.
void cut_torn_line(const fs::path& path) {
  if (!fs::exists(path)) return;
  int64_t end = 0;
  {
    const InputFile file(path);
    std::array<std::byte, 4096> piece{};
    for (int64_t stop = file.size(); stop > 0 && end == 0;) {
      const int64_t begin = std::max<int64_t>(0, stop - static_cast<int64_t>(piece.size()));
      const std::span<std::byte> part = std::span(piece).first(static_cast<size_t>(stop - begin));
      const size_t count = file.read_at(begin, part);
      const size_t line_end = as_text(part.first(count)).rfind('\n');
      if (line_end != std::string_view::npos) end = begin + static_cast<int64_t>(line_end) + 1;
      stop = begin;
    }
    if (end == file.size()) return;
  }
  std::error_code error;
  fs::resize_file(path, static_cast<uintmax_t>(end), error);
  if (error) fail(ErrorCode::kIo, "cannot shorten \"{}\": {}", path.string(), error.message());
}

/// An event file that a full disk kept empty; a new one is made at every try.
void remove_empty_event_files(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const bool is_event_file = entry.path().filename().string().starts_with("events.out.tfevents.");
    if (is_event_file && fs::file_size(entry.path(), ignored) == 0) fs::remove(entry.path(), ignored);
  }
}

}  // namespace

std::vector<std::string_view> tf_tags(std::string_view tag) {
  std::vector<std::string_view> result;
  for (const auto& [ours, theirs] : kTfTags) {
    if (ours == tag) result.push_back(theirs);
  }
  if (result.empty()) result.push_back(tag);
  return result;
}

RunLog::RunLog(const fs::path& run_dir, TagScheme tags, Log& log)
    : run_dir_(run_dir), tags_(tags), log_(log), events_{.folder = run_dir}, evaluation_events_{.folder = run_dir / "eval"} {}

void RunLog::train(const Position& at, std::span<const Scalar> values) { figures(at, "train", values, events_); }

void RunLog::evaluation(const Position& at, std::span<const Scalar> values) {
  figures(at, "eval", values, tags_ == TagScheme::kTf ? evaluation_events_ : events_);
}

void RunLog::event(const Position& at, RunEvent event, std::string_view text) {
  if (event == RunEvent::kResume) {
    for (Events* events : {&events_, &evaluation_events_}) {
      events->session_step = at.step + 1;  // steps up to at.step stay; TensorBoard drops the given step as well
      events->file.reset();
    }
  }
  line(at, "event", {{"event", kRunEventNames[static_cast<size_t>(event)]}, {"text", text}});
  if (event == RunEvent::kStop) say_lost();
}

void RunLog::end(const Position& at, RunState state, std::string_view text) {
  line(at, "end", {{"state", kRunStateNames[static_cast<size_t>(state)]}, {"text", text}});
  say_lost();
}

void RunLog::text(std::string_view tag, std::string_view markdown, int64_t step) {
  to_events(events_, [&](io::EventFile& file) { file.text(tag, markdown, step); });
}

void RunLog::image(std::string_view tag, std::span<const std::byte> png, int64_t step) {
  const image::Size size = image::read_info(png).size;
  const std::string_view bytes(reinterpret_cast<const char*>(png.data()), png.size());
  to_events(events_, [&](io::EventFile& file) { file.image(tag, bytes, size.width, size.height, step); });
}

void RunLog::figures(const Position& at, std::string_view kind, std::span<const Scalar> values, Events& events) {
  io::OrderedJson content = io::OrderedJson::object();
  for (const Scalar& scalar : values) content[scalar.tag] = scalar.value;
  if (!line(at, kind, content)) {
    // the event file is not even tried on a full disk: every try would leave a new torn file
    ++lost_;
    ++lost_lately_;
    return;
  }
  to_events(events, [&](io::EventFile& file) {
    for (const Scalar& scalar : values) {
      for (const std::string_view tag : tags_ == TagScheme::kTf ? tf_tags(scalar.tag) : std::vector<std::string_view>{scalar.tag})
        file.scalar(tag, scalar.value, at.step);
    }
  });
}

bool RunLog::line(const Position& at, std::string_view kind, const io::OrderedJson& content) {
  io::OrderedJson whole{{"v", kVersion}, {"t", unix_time()}, {"kind", kind}, {"step", at.step}, {"images", at.images}, {"epoch", at.epoch}};
  whole.update(content);
  const fs::path path = run_dir_ / "metrics.jsonl";
  return forgiving([&] {
    if (!is_whole_) cut_torn_line(path);
    is_whole_ = false;  // until the write is done
    OutputFile(path, OutputFile::Mode::kAppend).write(io::json_text(whole) + "\n");
    is_whole_ = true;
  });
}

void RunLog::to_events(Events& events, const std::function<void(io::EventFile&)>& write) {
  const bool done = forgiving([&] {
    if (!events.file) events.file.emplace(events.folder);
    if (events.session_step) events.file->start_session(*events.session_step);
    events.session_step.reset();
    write(*events.file);
  });
  if (done) return;
  events.file.reset();  // its last record may be torn: what follows goes to a new file
  remove_empty_event_files(events.folder);
}

void RunLog::say_lost() {
  if (lost_ > 0) log_.warning("{} of this session could not be written: metrics.jsonl and the event files lack them", format_count(lost_, "figure"));
}

bool RunLog::forgiving(const std::function<void()>& write) {
  try {
    write();
  } catch (const Error& error) {
    if (lost_lately_ == 0) log_.warning("the figures of this run cannot be written ({}); training goes on, writing is tried again", error.what());
    ++lost_;
    ++lost_lately_;
    return false;
  }
  if (lost_lately_ > 0) log_.info("the figures of this run can be written again; {} entries were lost", lost_lately_);
  lost_lately_ = 0;
  return true;
}

}  // namespace fovea::train
