#include "fovea/base/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <thread>

namespace fovea {
namespace {

using testing::ElementsAre;

TEST(Trace, RecordsOnlyBetweenStartAndStop) {
  Trace trace;
  { const Traced before(&trace, Activity::kLog); }
  trace.start();
  { const Traced inside(&trace, Activity::kSave); }
  trace.stop();
  { const Traced after(&trace, Activity::kLog); }

  const Trace::Recorded recorded = trace.take();

  ASSERT_EQ(recorded.spans.size(), 1U);
  EXPECT_EQ(recorded.spans[0].activity, Activity::kSave);
  EXPECT_TRUE(trace.take().spans.empty());
}

TEST(Trace, NestsAndCutsOffWhatBeganBefore) {
  Trace trace;
  {
    const Traced outer(&trace, Activity::kForward);
    trace.start();
    const Traced inner(&trace, Activity::kForward, "layer1.0");
  }

  const std::vector<Span> spans = trace.take().spans;

  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].part, "layer1.0");
  EXPECT_EQ(spans[1].part, "");
  EXPECT_EQ(spans[1].begin_ns, 0);
  EXPECT_LE(spans[1].begin_ns, spans[0].begin_ns);
  EXPECT_LE(spans[0].begin_ns, spans[0].end_ns);
  EXPECT_LE(spans[0].end_ns, spans[1].end_ns);
}

TEST(Trace, NumbersThreadsInTheOrderOfTheirFirstSpans) {
  Trace trace;
  trace.start();
  const auto work = [&] {
    const Traced read(&trace, Activity::kRead);
    const Traced decode(&trace, Activity::kDecode);
  };
  std::latch first_is_done(1), both_are_done(2);  // both live until the end: the system gives the name of a thread that ended to another one

  std::jthread second([&] {
    first_is_done.wait();
    work();
    both_are_done.arrive_and_wait();
  });
  std::jthread first([&] {
    work();
    first_is_done.count_down();
    both_are_done.arrive_and_wait();
  });
  first.join();
  second.join();
  work();

  std::vector<int64_t> threads;
  for (const Span& span : trace.take().spans) threads.push_back(span.thread);
  EXPECT_EQ(threads, (std::vector<int64_t>{0, 0, 1, 1, 2, 2}));
}

TEST(Trace, LosesNothingOfManyThreads) {
  Trace trace;
  trace.start();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 1000; ++k) const Traced span(&trace, Activity::kRead);
      });
    }
  }

  EXPECT_EQ(trace.take().spans.size(), 4000U);
}

TEST(Trace, EndsAPartWhenTheNextOneBegins) {
  Trace trace;
  trace.start();
  trace.begin_part(Activity::kBackward, "loss");
  trace.begin_part(Activity::kBackward, "fc");
  trace.end_part("loss");  // is over: nothing happens
  trace.end_part("fc");
  trace.begin_part(Activity::kBackward, "stem");
  trace.end_parts();
  trace.end_parts();

  const std::vector<Span> spans = trace.take().spans;

  std::vector<std::string> parts;
  for (const Span& span : spans) parts.push_back(span.part);
  ASSERT_THAT(parts, ElementsAre("loss", "fc", "stem"));
  EXPECT_EQ(spans[0].end_ns, spans[1].begin_ns);
  EXPECT_LE(spans[1].end_ns, spans[2].begin_ns);
}

TEST(Trace, KeepsSoManyAndCountsTheOthers) {
  Trace trace(3);
  trace.start();
  for (int i = 0; i < 5; ++i) const Traced span(&trace, Activity::kRead);

  const Trace::Recorded first = trace.take();
  { const Traced span(&trace, Activity::kRead); }
  const Trace::Recorded second = trace.take();

  EXPECT_EQ(first.spans.size(), 3U);
  EXPECT_EQ(first.left_out, 2);
  EXPECT_EQ(second.spans.size(), 1U);
  EXPECT_EQ(second.left_out, 0);
}

TEST(Trace, GivesTheResultOfWhatItTimes) {
  Trace trace;
  trace.start();

  EXPECT_EQ(traced(&trace, Activity::kWait, [] { return 7; }), 7);
  EXPECT_EQ(traced(nullptr, Activity::kWait, [] { return 8; }), 8);
  EXPECT_EQ(trace.take().spans.size(), 1U);
}

}  // namespace
}  // namespace fovea
