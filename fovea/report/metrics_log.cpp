#include "fovea/report/metrics_log.h"

#include "fovea/report/json_line.h"

#include <algorithm>
#include <cmath>

namespace fovea::report {

namespace {

constexpr double kMaxStep = 1e15;  // chosen: far beyond any run, and exact as a double

struct Header {
  double step = std::nan("");
  double epoch = 0;
  double time = 0;
};

class Reader {
 public:
  void line(std::string_view text) {
    if (!read_flat_object(text, object_)) {
      ++log_.damaged_lines;
      return;
    }
    const Header header = read_header();
    const std::string* kind = text_of("kind");
    if (kind == nullptr || !(header.step >= 0 && header.step <= kMaxStep)) {
      ++log_.damaged_lines;
      return;
    }
    const auto step = static_cast<int64_t>(header.step);
    const bool is_event = *kind == "event" || *kind == "end";
    if (is_event) add_event(header, step, *kind);
    advance(header, step);
    if (!is_event) add_figures(header, step);
  }

  MetricsLog finish() {
    end_session();
    for (MetricsLog::Column& column : log_.columns) {
      const auto by_step = [](const Sample& a, const Sample& b) { return a.step < b.step; };
      if (!std::is_sorted(column.samples.begin(), column.samples.end(), by_step)) std::stable_sort(column.samples.begin(), column.samples.end(), by_step);
    }
    return std::move(log_);
  }

 private:
  Header read_header() const {
    Header header;
    for (const FlatObject::Number& number : object_.numbers) {
      if (number.key == "step") header.step = number.value;
      if (number.key == "epoch" && std::abs(number.value) < kMaxStep) header.epoch = number.value;
      if (number.key == "t" && std::abs(number.value) < kMaxStep) header.time = number.value;
    }
    return header;
  }

  const std::string* text_of(std::string_view key) const {
    for (const FlatObject::Text& text : object_.texts) {
      if (text.key == key) return &text.value;
    }
    return nullptr;
  }

  void add_event(const Header& header, int64_t step, const std::string& line_kind) {
    const std::string* name = text_of("event");
    const std::string kind = line_kind == "end" ? "end" : name != nullptr ? *name : "event";
    if (kind == "resume" || kind == "start") end_session();
    if (kind == "resume") undo_after(step);
    const std::string* text = text_of("text");
    const bool was_rolled_back = !log_.events.empty() && log_.events.back().kind == "rollback";
    log_.events.push_back({.kind = kind,
                           .text = text != nullptr ? *text : "",
                           .step = step,
                           .epoch = header.epoch,
                           .time = header.time,
                           .continues_run = kind == "resume" && !was_rolled_back});
  }

  void undo_after(int64_t step) {
    for (MetricsLog::Column& column : log_.columns) std::erase_if(column.samples, [&](const Sample& sample) { return sample.step > step; });
    for (Event& event : log_.events) event.was_undone |= event.step > step;
  }

  void add_figures(const Header& header, int64_t step) {
    for (const FlatObject::Number& number : object_.numbers) {
      if (number.key.find('/') == std::string_view::npos) continue;
      column(number.key).push_back({.step = step, .epoch = header.epoch, .seconds = elapsed(), .value = number.value});
    }
  }

  // Lines of a kind hold the same tags in the same order, so the next column is nearly always the right one.
  std::vector<Sample>& column(std::string_view tag) {
    for (size_t i = 0; i < log_.columns.size(); ++i) {
      next_ = next_ + 1 < log_.columns.size() ? next_ + 1 : 0;
      if (log_.columns[next_].tag == tag) return log_.columns[next_].samples;
    }
    log_.columns.push_back({.tag = std::string(tag), .samples = {}});
    next_ = log_.columns.size() - 1;
    return log_.columns.back().samples;
  }

  void advance(const Header& header, int64_t step) {
    log_.last_step = step;
    log_.last_epoch = header.epoch;
    if (header.time <= 0) return;
    if (!session_) session_ = Session{.first_time = header.time, .first_step = step, .last_time = header.time, .last_step = step};
    session_->last_time = std::max(session_->last_time, header.time);
    session_->last_step = step;
    log_.last_time = header.time;
  }

  double elapsed() const { return log_.seconds + (session_ ? session_->last_time - session_->first_time : 0); }

  void end_session() {
    if (!session_) return;
    const double seconds = session_->last_time - session_->first_time;
    const auto steps = static_cast<double>(session_->last_step - session_->first_step);
    log_.seconds = elapsed();
    if (steps > 0) log_.seconds_per_step = seconds / steps;
    session_.reset();
  }

  struct Session {
    double first_time = 0;
    int64_t first_step = 0;
    double last_time = 0;
    int64_t last_step = 0;
  };
  FlatObject object_;
  MetricsLog log_;
  size_t next_ = 0;
  std::optional<Session> session_;
};

}  // namespace

const std::vector<Sample>& MetricsLog::samples(std::string_view tag) const {
  static const std::vector<Sample> none;
  for (const Column& column : columns) {
    if (column.tag == tag) return column.samples;
  }
  return none;
}

MetricsLog read_metrics(std::string_view text) {
  Reader reader;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) reader.line(line);
  }
  return reader.finish();
}

}  // namespace fovea::report
