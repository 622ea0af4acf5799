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
void remove_empty_event_files(const fs::path& run_dir) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(run_dir, ignored)) {
    const bool is_event_file = entry.path().filename().string().starts_with("events.out.tfevents.");
    if (is_event_file && fs::file_size(entry.path(), ignored) == 0) fs::remove(entry.path(), ignored);
  }
}

}  // namespace

RunLog::RunLog(const fs::path& run_dir, Log& log) : run_dir_(run_dir), log_(log) {}

void RunLog::train(const Position& at, std::span<const Scalar> values) { figures(at, "train", values); }

void RunLog::evaluation(const Position& at, std::span<const Scalar> values) { figures(at, "eval", values); }

void RunLog::event(const Position& at, RunEvent event, std::string_view text) {
  if (event == RunEvent::kResume) {
    // steps up to at.step stay; TensorBoard drops the given step as well
    session_step_ = at.step + 1;
    events_.reset();
  }
  line(at, "event", {{"event", kRunEventNames[static_cast<size_t>(event)]}, {"text", text}});
  if (event == RunEvent::kStop) say_lost();
}

void RunLog::end(const Position& at, RunState state, std::string_view text) {
  line(at, "end", {{"state", kRunStateNames[static_cast<size_t>(state)]}, {"text", text}});
  say_lost();
}

void RunLog::text(std::string_view tag, std::string_view markdown, int64_t step) {
  to_events([&](io::EventFile& events) { events.text(tag, markdown, step); });
}

void RunLog::image(std::string_view tag, std::span<const std::byte> png, int64_t step) {
  const image::Size size = image::read_info(png).size;
  const std::string_view bytes(reinterpret_cast<const char*>(png.data()), png.size());
  to_events([&](io::EventFile& events) { events.image(tag, bytes, size.width, size.height, step); });
}

void RunLog::figures(const Position& at, std::string_view kind, std::span<const Scalar> values) {
  io::OrderedJson content = io::OrderedJson::object();
  for (const Scalar& scalar : values) content[scalar.tag] = scalar.value;
  if (!line(at, kind, content)) {
    // the event file is not even tried on a full disk: every try would leave a new torn file
    ++lost_;
    ++lost_lately_;
    return;
  }
  to_events([&](io::EventFile& events) {
    for (const Scalar& scalar : values) events.scalar(scalar.tag, scalar.value, at.step);
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

void RunLog::to_events(const std::function<void(io::EventFile&)>& write) {
  const bool done = forgiving([&] {
    if (!events_) events_.emplace(run_dir_);
    if (session_step_) events_->start_session(*session_step_);
    session_step_.reset();
    write(*events_);
  });
  if (done) return;
  events_.reset();  // its last record may be torn: what follows goes to a new file
  remove_empty_event_files(run_dir_);
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
