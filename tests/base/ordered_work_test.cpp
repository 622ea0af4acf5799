#include "fovea/base/ordered_work.h"

#include "fovea/base/error.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace fovea {
namespace {

class OrderedWorkThreads : public testing::TestWithParam<int64_t> {};

TEST_P(OrderedWorkThreads, GivesEveryGroupBackCompleteAndInOrder) {
  constexpr int64_t kWindow = 3, kGroups = 200, kItems = 7;
  std::array<std::array<int64_t, kItems>, kWindow> slots{};
  OrderedWork work(GetParam(), [&](int64_t group, int64_t item, const std::stop_token&) { slots[group % kWindow][item] = 100 * group + item; });

  for (int64_t group = 0; group < kWindow; ++group) work.push(kItems);
  for (int64_t group = 0; group < kGroups; ++group) {
    SCOPED_TRACE(group);
    work.wait();
    work.pop();
    for (int64_t item = 0; item < kItems; ++item) ASSERT_EQ(slots[group % kWindow][item], 100 * group + item);
    work.push(kItems);
  }

  EXPECT_EQ(work.pending(), kWindow);
}

INSTANTIATE_TEST_SUITE_P(Counts, OrderedWorkThreads, testing::Values(1, 2, 5));

TEST(OrderedWork, CompletesAGroupWithoutItemsAtOnce) {
  OrderedWork work(2, [](int64_t, int64_t, const std::stop_token&) {});

  work.push(0);

  EXPECT_EQ(work.wait(), 0.0);
  work.pop();
  EXPECT_EQ(work.pending(), 0);
}

TEST(OrderedWork, RefusesToWaitForNothing) {
  OrderedWork work(1, [](int64_t, int64_t, const std::stop_token&) {});

  EXPECT_THROW(work.wait(), Error);
  EXPECT_THROW(work.pop(), Error);
}

TEST(OrderedWork, DropsWhatHasNotBegunWhenDestroyed) {
  std::atomic<int> begun = 0;
  {
    OrderedWork work(2, [&](int64_t, int64_t, const std::stop_token& stop) {
      ++begun;
      std::mutex mutex;
      std::condition_variable_any never;
      std::unique_lock lock(mutex);
      never.wait(lock, stop, [] { return false; });
    });
    work.push(1'000'000);
  }

  EXPECT_LE(begun, 2);  // one each: an item ends only when the stop is requested
}

TEST(OrderedWork, BeginsLaterGroupsWhileTheOldestIsHeldUp) {
  std::mutex mutex;
  std::condition_variable changed;
  int later_done = 0;
  OrderedWork work(2, [&](int64_t group, int64_t, const std::stop_token&) {
    std::unique_lock lock(mutex);
    if (group == 0) {
      changed.wait(lock, [&] { return later_done == 5; });
    } else {
      ++later_done;
      changed.notify_all();
    }
  });

  for (const int64_t items : {1, 3, 2}) work.push(items);
  work.wait();

  EXPECT_EQ(later_done, 5);
}

}  // namespace
}  // namespace fovea
