// Threads that work through numbered groups of items, handed back in order: the queue under the loader, free of tensors.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace fovea {

/// Groups are numbered 0, 1, 2, ... in the order of push(); their items are begun in order, by whichever thread is free, and may end in any.
/// One thread owns the object and calls its functions; idle threads sleep.
class OrderedWork {
 public:
  /// Does item `item` of group `group`. Must not throw; should return early once a stop is requested.
  /// What the owner wrote before push() is visible here, what this writes is visible after wait().
  using Work = std::function<void(int64_t group, int64_t item, const std::stop_token& stop)>;

  /// threads  at least 1
  OrderedWork(int64_t threads, Work work);
  /// Items that have begun are finished, others are dropped.
  ~OrderedWork();
  OrderedWork(const OrderedWork&) = delete;
  OrderedWork& operator=(const OrderedWork&) = delete;

  /// Adds the next group; a group without items is complete at once.
  void push(int64_t items);
  /// Groups pushed and not yet popped.
  [[nodiscard]] int64_t pending() const;
  /// Blocks until the oldest group is complete. throws kInternal when there is none
  /// returns seconds spent waiting
  double wait();
  /// Removes the oldest group, which must be complete.
  void pop();

 private:
  struct Group {
    int64_t items = 0, begun = 0, done = 0;
  };
  void run(const std::stop_token& stop);

  const Work work_;
  mutable std::mutex mutex_;
  std::condition_variable_any work_ready_;  // waits with a stop token, which the plain one cannot
  std::condition_variable group_done_;
  std::deque<Group> groups_;
  int64_t first_ = 0;                  // number of groups_.front()
  int64_t next_ = 0;                   // number of the group whose items are being begun
  std::vector<std::jthread> threads_;  // last: joined before anything they use goes
};

}  // namespace fovea
