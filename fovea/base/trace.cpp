#include "fovea/base/trace.h"

#include <algorithm>
#include <utility>

namespace fovea {

void Trace::start() {
  const std::scoped_lock lock(mutex_);
  recorded_ = {};
  open_.reset();
  start_ = Clock::now();
  recording_ = true;
}

void Trace::append(Activity activity, std::string_view part, Clock::time_point begin, Clock::time_point end) {
  if (recorded_.spans.size() >= max_spans_) {
    ++recorded_.left_out;
    return;
  }
  const auto since_start = [this](Clock::time_point time) { return std::chrono::duration_cast<std::chrono::nanoseconds>(time - start_).count(); };
  const int64_t thread = threads_.try_emplace(std::this_thread::get_id(), static_cast<int64_t>(threads_.size())).first->second;
  recorded_.spans.push_back(
      {.activity = activity, .part = std::string(part), .thread = thread, .begin_ns = std::max<int64_t>(0, since_start(begin)), .end_ns = since_start(end)});
}

void Trace::add(Activity activity, std::string_view part, Clock::time_point begin) {
  if (!is_recording()) return;
  const Clock::time_point end = Clock::now();  // before the lock: waiting for it is not part of the work
  const std::scoped_lock lock(mutex_);
  if (end >= start_) append(activity, part, begin, end);
}

void Trace::close(Clock::time_point end) {
  if (open_) append(open_->activity, open_->part, open_->begin, end);
  open_.reset();
}

void Trace::begin_part(Activity activity, std::string_view part) {
  if (!is_recording()) return;
  const Clock::time_point now = Clock::now();
  const std::scoped_lock lock(mutex_);
  close(now);
  open_ = OpenPart{.activity = activity, .part = std::string(part), .begin = now};
}

void Trace::end_part(std::string_view part) {
  const Clock::time_point now = Clock::now();
  const std::scoped_lock lock(mutex_);
  if (open_ && open_->part == part) close(now);
}

void Trace::end_parts() {
  const Clock::time_point now = Clock::now();
  const std::scoped_lock lock(mutex_);
  close(now);
}

Trace::Recorded Trace::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(recorded_, {});
}

}  // namespace fovea
