#include "fovea/base/ordered_work.h"

#include "fovea/base/error.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace fovea {

OrderedWork::OrderedWork(int64_t threads, Work work) : work_(std::move(work)) {
  FOVEA_CHECK(threads >= 1, "{} threads", threads);
  for (int64_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
  }
}

OrderedWork::~OrderedWork() {
  // All are asked before the first is joined, so that they finish side by side.
  for (std::jthread& thread : threads_) thread.request_stop();
}

void OrderedWork::push(int64_t items) {
  FOVEA_CHECK(items >= 0, "{} items", items);
  {
    const std::scoped_lock lock(mutex_);
    groups_.push_back({.items = items});
  }
  work_ready_.notify_all();
}

int64_t OrderedWork::pending() const {
  const std::scoped_lock lock(mutex_);
  return static_cast<int64_t>(groups_.size());
}

double OrderedWork::wait() {
  std::unique_lock lock(mutex_);
  FOVEA_CHECK(!groups_.empty(), "nothing to wait for");
  const auto is_done = [this] { return groups_.front().done == groups_.front().items; };
  if (is_done()) return 0;
  const auto begin = std::chrono::steady_clock::now();
  group_done_.wait(lock, is_done);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void OrderedWork::pop() {
  const std::scoped_lock lock(mutex_);
  FOVEA_CHECK(!groups_.empty() && groups_.front().done == groups_.front().items, "the oldest group is not complete");
  groups_.pop_front();
  ++first_;
}

void OrderedWork::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto advance = [this] {  // to the first group with an item left
    next_ = std::max(next_, first_);
    const int64_t end = first_ + static_cast<int64_t>(groups_.size());
    const auto group = [this](int64_t number) -> const Group& { return groups_[static_cast<size_t>(number - first_)]; };
    while (next_ < end && group(next_).begun == group(next_).items) ++next_;
    return next_ < end;
  };
  while (work_ready_.wait(lock, stop, advance) && !stop.stop_requested()) {
    const int64_t number = next_;
    const int64_t item = groups_[static_cast<size_t>(number - first_)].begun++;
    lock.unlock();
    work_(number, item, stop);
    lock.lock();
    Group& group = groups_[static_cast<size_t>(number - first_)];  // still there: only complete groups are popped
    if (++group.done == group.items && number == first_) group_done_.notify_one();
  }
}

}  // namespace fovea
