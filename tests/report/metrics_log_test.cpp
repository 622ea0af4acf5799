#include "fovea/report/metrics_log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace fovea::report {
namespace {

// Lines as the format of a run folder gives them.
std::string train_line(int step, const std::string& loss) {
  return R"({"v":1,"t":)" + std::to_string(1000 + step) + R"(,"kind":"train","step":)" + std::to_string(step) + R"(,"images":64,"epoch":0.5,"train/loss":)" +
         loss + R"(,"train/lr":1e-3})" + "\n";
}
std::string event_line(const std::string& event, int step, int time) {
  return R"({"v":1,"t":)" + std::to_string(time) + R"(,"kind":"event","step":)" + std::to_string(step) + R"(,"images":0,"epoch":0,"event":")" + event +
         R"(","text":"say \"hi\" \u00fc"})" + "\n";
}

TEST(Metrics, AreReadByTag) {
  const MetricsLog log = read_metrics(train_line(20, "6.5") + train_line(40, "5.25"));

  ASSERT_EQ(log.samples("train/loss").size(), 2U);
  EXPECT_EQ(log.samples("train/loss")[1].step, 40);
  EXPECT_EQ(log.samples("train/loss")[1].value, 5.25);
  EXPECT_EQ(log.samples("train/lr")[0].value, 1e-3);
  EXPECT_TRUE(log.samples("val/top1").empty());
  EXPECT_EQ(log.last_step, 40);
  EXPECT_EQ(log.damaged_lines, 0);
}

TEST(Metrics, DropWhatAResumeUndoes) {
  const MetricsLog log = read_metrics(train_line(20, "1") + train_line(40, "2") + train_line(60, "3") + event_line("checkpoint", 60, 1060) +
                                      event_line("resume", 40, 2000) + train_line(60, "4"));

  const auto& loss = log.samples("train/loss");
  ASSERT_EQ(loss.size(), 3U);
  EXPECT_EQ(loss[1].value, 2);  // the step of the resume itself stays
  EXPECT_EQ(loss[2].value, 4);
  ASSERT_EQ(log.events.size(), 2U);
  EXPECT_TRUE(log.events[0].was_undone);
  EXPECT_FALSE(log.events[1].was_undone);
  EXPECT_EQ(log.events[1].text, "say \"hi\" \u00fc");
}

TEST(Metrics, CountOnlyTheTimeInsideSessions) {
  // 1000 to 1020 and 5000 to 5030; 10 steps in the last 30 seconds
  const MetricsLog log =
      read_metrics(event_line("start", 0, 1000) + event_line("checkpoint", 20, 1020) + event_line("resume", 20, 5000) + event_line("checkpoint", 30, 5030));

  EXPECT_DOUBLE_EQ(log.seconds, 50);
  EXPECT_DOUBLE_EQ(log.seconds_per_step.value(), 3);
}

TEST(Metrics, TellTheTimeOfASampleWithoutWhatLiesBetweenSessions) {
  const MetricsLog log =
      read_metrics(event_line("start", 0, 1000) + "{\"t\":1012,\"kind\":\"train\",\"step\":10,\"train/loss\":2}\n" + event_line("checkpoint", 20, 1020) +
                   event_line("resume", 20, 5000) + "{\"t\":5007,\"kind\":\"train\",\"step\":30,\"train/loss\":1}\n");

  const auto& loss = log.samples("train/loss");
  ASSERT_EQ(loss.size(), 2U);
  EXPECT_DOUBLE_EQ(loss[0].seconds, 12);
  EXPECT_DOUBLE_EQ(loss[1].seconds, 27);  // 20 of the first session and 7 of the second
}

TEST(Metrics, TakeNoRollbackForASession) {
  const MetricsLog log = read_metrics(event_line("start", 0, 1000) + train_line(20, "1") + event_line("rollback", 20, 1020) + event_line("resume", 10, 1021) +
                                      train_line(20, "2") + event_line("resume", 10, 5000));

  ASSERT_EQ(log.events.size(), 4U);
  EXPECT_FALSE(log.events[0].continues_run);
  EXPECT_FALSE(log.events[2].continues_run);
  EXPECT_TRUE(log.events[3].continues_run);
}

TEST(Metrics, TakeWhatIsNoNumberAsAGap) {
  const MetricsLog log = read_metrics(train_line(1, "null") + train_line(2, "NaN") + train_line(3, "-Infinity") + train_line(4, "1e999") + train_line(5, "2"));

  ASSERT_EQ(log.samples("train/loss").size(), 5U);
  for (size_t i = 0; i < 4; ++i) EXPECT_TRUE(std::isnan(log.samples("train/loss")[i].value)) << i;
  EXPECT_EQ(log.damaged_lines, 0);
}

TEST(Metrics, LeaveOutALineCutAtAnyByte) {
  const std::string whole = train_line(20, "6.5");
  const std::string next = train_line(40, "5.25");
  for (size_t cut = 1; cut + 1 < next.size(); ++cut) {
    SCOPED_TRACE(cut);
    const MetricsLog log = read_metrics(whole + next.substr(0, cut));

    EXPECT_EQ(log.samples("train/loss").size(), 1U);
    EXPECT_EQ(log.damaged_lines, 1);
  }
}

TEST(Metrics, SurviveAFlippedBitAnywhere) {
  const std::string whole = train_line(20, "6.5") + event_line("resume", 10, 1100) + train_line(40, "5.25");
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const MetricsLog log = read_metrics(damaged);

    EXPECT_LE(log.samples("train/loss").size(), 2U) << bit;
    EXPECT_LE(log.damaged_lines, 3) << bit;
  }
}

TEST(Metrics, RefuseStepsThatCannotBe) {
  const MetricsLog log =
      read_metrics("{\"kind\":\"train\",\"step\":-1,\"a/b\":1}\n{\"kind\":\"train\",\"step\":1e300,\"a/b\":1}\n{\"kind\":\"train\",\"a/b\":1}\n[1]\n{}\n");

  EXPECT_EQ(log.damaged_lines, 5);
  EXPECT_TRUE(log.columns.empty());
}

}  // namespace
}  // namespace fovea::report
