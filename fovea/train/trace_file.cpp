#include "fovea/train/trace_file.h"

#include "fovea/io/json.h"

namespace fovea::train {
namespace {

std::string name_event(std::string_view what, int64_t thread, std::string_view name) {
  return fmt::format(R"({{"ph":"M","pid":0,"tid":{},"name":"{}","args":{{"name":"{}"}}}})", thread, what, name);
}

/// Loader threads by their own count, whichever number they got among all.
std::string track_names(const std::map<int64_t, Activity>& tracks) {
  std::string result = name_event("process_name", 0, "fovea train, rank 0");
  int64_t loaders = 0, others = 0;
  for (const auto& [thread, activity] : tracks) {
    const std::string name = is_loading(activity) ? fmt::format("loader {}", ++loaders) : ++others == 1 ? "training" : fmt::format("training {}", others);
    result += ",\n" + name_event("thread_name", thread, name);
  }
  return result;
}

}  // namespace

void TraceFile::add(const Span& span) {
  const std::string_view activity = name_of(span.activity);
  const std::string name = io::json_text(io::Json(span.part.empty() ? std::string(activity) : span.part));
  // Microseconds with three decimals: nothing of a nanosecond is lost.
  const std::string event = fmt::format(
      ",\n"
      R"({{"ph":"X","pid":0,"tid":{},"cat":"{}","name":{},"ts":{}.{:03},"dur":{}.{:03}}})",
      span.thread, activity, name, span.begin_ns / 1000, span.begin_ns % 1000, (span.end_ns - span.begin_ns) / 1000, (span.end_ns - span.begin_ns) % 1000);
  if (events_.size() + event.size() > max_bytes_) {
    ++left_out_;
    return;
  }
  tracks_.try_emplace(span.thread, span.activity);
  events_ += event;
  ++written_;
}

std::string TraceFile::json() const {
  const std::string note =
      left_out_ > 0 ? fmt::format(R"("otherData":{{"note":"{} further spans were left out: the trace is limited in size"}},)", left_out_) : "";
  return fmt::format("{{\"displayTimeUnit\":\"ms\",{}\"traceEvents\":[\n{}{}\n]}}\n", note, track_names(tracks_), events_);
}

}  // namespace fovea::train
