// Who did what and when: spans of work by thread, for the profile of a few steps of a training. Free of tensors.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace fovea {

/// What time goes to. kStep holds the others of its thread; the last three are the loader's.
enum class Activity {
  kStep,
  kWait,
  kInput,
  kForward,
  kLoss,
  kBackward,
  kDecayAndClip,
  kCheck,
  kOptimiser,
  kAverage,
  kLog,
  kEvaluate,
  kSave,
  kRead,
  kDecode,
  kResample
};
inline constexpr std::array<std::string_view, 16> kActivityNames{
    "step",          "wait for data", "normalise and copy", "forward", "loss", "backward", "decay and clip", "check that it is finite", "optimiser step",
    "average (EMA)", "log",           "evaluate",           "save",    "read", "decode",   "resample"};
constexpr std::string_view name_of(Activity activity) { return kActivityNames[static_cast<size_t>(activity)]; }
/// Does a thread that does this prepare pictures?
constexpr bool is_loading(Activity activity) { return activity >= Activity::kRead; }

struct Span {
  Activity activity = Activity::kStep;
  std::string part;  ///< "layer1.0": this part of the activity; empty: the whole of it
  int64_t thread = 0;
  int64_t begin_ns = 0, end_ns = 0;  ///< since the recording began
  [[nodiscard]] double seconds() const { return static_cast<double>(end_ns - begin_ns) * 1e-9; }
};

/// Thread-safe. Records nothing until start(). One lock for all threads: there are a few spans for a picture, so nobody waits for it.
class Trace {
 public:
  using Clock = std::chrono::steady_clock;
  /// max_spans  kept between two calls of take(); more are counted only
  explicit Trace(size_t max_spans = size_t{1} << 20) : max_spans_(max_spans) {}

  /// What was recorded before is gone.
  void start();
  void stop() { recording_ = false; }
  [[nodiscard]] bool is_recording() const { return recording_.load(std::memory_order_relaxed); }

  /// Something that went on from `begin` until now on this thread; what began before start() is cut off there.
  void add(Activity activity, std::string_view part, Clock::time_point begin);

  /// For work whose end only its successor knows (layers of a backward pass): ends the part that is open, and opens this one. No nesting.
  void begin_part(Activity activity, std::string_view part);
  /// Ends `part` if it is the open one.
  void end_part(std::string_view part);
  /// Ends whichever is open.
  void end_parts();

  struct Recorded {
    std::vector<Span> spans;  ///< in the order in which they ended
    int64_t left_out = 0;     ///< beyond max_spans
  };
  /// What was recorded since the last call.
  Recorded take();

 private:
  struct OpenPart {
    Activity activity;
    std::string part;
    Clock::time_point begin;
  };
  void append(Activity activity, std::string_view part, Clock::time_point begin, Clock::time_point end);
  void close(Clock::time_point end);

  const size_t max_spans_;
  std::atomic<bool> recording_{false};
  std::mutex mutex_;
  Clock::time_point start_;
  Recorded recorded_;
  std::optional<OpenPart> open_;
  std::map<std::thread::id, int64_t> threads_;
};

/// The span of its own life; with a null trace nothing but a check of the pointer.
class Traced {
 public:
  /// part  must live as long
  Traced(Trace* trace, Activity activity, std::string_view part = {}) : trace_(trace), activity_(activity), part_(part) {
    if (trace_ != nullptr) begin_ = Trace::Clock::now();
  }
  ~Traced() {
    if (trace_ != nullptr) trace_->add(activity_, part_, begin_);
  }
  Traced(const Traced&) = delete;
  Traced& operator=(const Traced&) = delete;

 private:
  Trace* trace_;
  Activity activity_;
  std::string_view part_;
  Trace::Clock::time_point begin_;
};

/// The result of work(), with a span as long as it takes.
template <class Work>
decltype(auto) traced(Trace* trace, Activity activity, const Work& work) {
  const Traced span(trace, activity);
  return work();
}

}  // namespace fovea
