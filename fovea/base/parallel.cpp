#include "fovea/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace fovea {

bool for_each_index(int64_t count, int64_t threads, const std::stop_token& stop, const std::function<void(int64_t index)>& work) {
  if (threads <= 0) threads = std::max<int64_t>(1, std::thread::hardware_concurrency());
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> done{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  int64_t error_index = count;
  std::exception_ptr error;

  // Every index below a failed one was handed out before it and is finished, so the lowest failure does not depend on timing.
  const auto run = [&] {
    while (!failed && !stop.stop_requested()) {
      const int64_t index = next++;
      if (index >= count) return;
      try {
        work(index);
        ++done;
      } catch (...) {
        failed = true;
        const std::lock_guard lock(mutex);
        if (index < error_index) {
          error_index = index;
          error = std::current_exception();
        }
      }
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int64_t i = 0; i < std::min(threads, count); ++i) workers.emplace_back(run);
  }
  if (error) std::rethrow_exception(error);
  return done == count;
}

}  // namespace fovea
