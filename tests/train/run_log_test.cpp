#include "fovea/train/run_log.h"

#include "fovea/base/strings.h"
#include "fovea/io/tfrecord.h"
#include "fovea/metrics/coco_scores.h"

#include "tests/train/checkpoint_fixture.h"
#include "tests/train/failing_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace fovea::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RunLogs : public RunDirectory {
 protected:
  RunLogs() : log_([this](LogLevel, std::string_view line) { said_.emplace_back(line); }) { make_directories(run_); }

  [[nodiscard]] std::vector<io::OrderedJson> lines() const {
    std::vector<io::OrderedJson> parsed;
    for (const std::string& line : split(read_text(run_ / "metrics.jsonl"), '\n')) {
      if (!line.empty()) parsed.push_back(io::OrderedJson::parse(line));
    }
    return parsed;
  }
  [[nodiscard]] std::vector<fs::path> event_files() const { return glob((run_ / "events.out.tfevents.*").string()); }
  /// The keys of a line in their order, but not "t", whose value is the time.
  static std::vector<std::string> keys(const io::OrderedJson& line) {
    std::vector<std::string> names;
    for (const auto& item : line.items()) names.push_back(item.key());
    return names;
  }

  std::vector<std::string> said_;
  Log log_;
};

TEST_F(RunLogs, TrainingLineHasTheTagsAsKeys) {
  RunLog log(run_, TagScheme::kFovea, log_);

  log.train({.step = 20, .images = 640, .epoch = 0.125}, std::vector<Scalar>{{"train/loss", 6.9}, {"train/lr", 0.01}});

  ASSERT_EQ(lines().size(), 1U);
  const io::OrderedJson line = lines()[0];
  EXPECT_THAT(keys(line), ElementsAre("v", "t", "kind", "step", "images", "epoch", "train/loss", "train/lr"));
  EXPECT_EQ(line["v"], 1);
  EXPECT_GT(line["t"].get<double>(), 1.7e9);  // the year 2023
  EXPECT_EQ(line["kind"], "train");
  EXPECT_EQ(line["step"], 20);
  EXPECT_EQ(line["images"], 640);
  EXPECT_EQ(line["epoch"], 0.125);
  EXPECT_EQ(line["train/loss"], 6.9);
}

TEST_F(RunLogs, EvaluationEventAndEndHaveTheirKinds) {
  RunLog log(run_, TagScheme::kFovea, log_);
  const Position at{.step = 160, .images = 5120, .epoch = 1};

  log.evaluation(at, std::vector<Scalar>{{"val/top1", 0.5}});
  log.event(at, RunEvent::kCheckpoint, "step-00000160");
  log.end(at, RunState::kDone, "all epochs done");

  ASSERT_EQ(lines().size(), 3U);
  EXPECT_THAT(keys(lines()[0]), ElementsAre("v", "t", "kind", "step", "images", "epoch", "val/top1"));
  EXPECT_EQ(lines()[0]["kind"], "eval");
  EXPECT_THAT(keys(lines()[1]), ElementsAre("v", "t", "kind", "step", "images", "epoch", "event", "text"));
  EXPECT_EQ(lines()[1]["event"], "checkpoint");
  EXPECT_EQ(lines()[1]["text"], "step-00000160");
  EXPECT_THAT(keys(lines()[2]), ElementsAre("v", "t", "kind", "step", "images", "epoch", "state", "text"));
  EXPECT_EQ(lines()[2]["kind"], "end");
  EXPECT_EQ(lines()[2]["state"], "done");
}

TEST_F(RunLogs, WhatIsNotFiniteIsNull) {
  RunLog log(run_, TagScheme::kFovea, log_);

  log.train({.step = 1}, std::vector<Scalar>{{"train/loss", std::numeric_limits<double>::quiet_NaN()}});

  EXPECT_TRUE(lines()[0]["train/loss"].is_null());
}

TEST_F(RunLogs, EventFileHasOneRecordPerFigure) {
  RunLog log(run_, TagScheme::kFovea, log_);

  log.train({.step = 20}, std::vector<Scalar>{{"train/loss", 6.9}, {"train/lr", 0.01}});
  log.text("plan", "160 steps", 20);

  ASSERT_EQ(event_files().size(), 1U);
  // version, two figures, one text; a record has 16 bytes around its content (TFRecord framing)
  EXPECT_EQ(io::scan_records(event_files()[0]).records.size(), 4U);
}

TEST_F(RunLogs, ResumedSessionAppendsAndTellsTensorBoardWhereItBegins) {
  { RunLog(run_, TagScheme::kFovea, log_).train({.step = 20}, std::vector<Scalar>{{"train/loss", 6.9}}); }
  RunLog log(run_, TagScheme::kFovea, log_);

  log.event({.step = 10}, RunEvent::kResume, "from step-00000010");
  log.train({.step = 15}, std::vector<Scalar>{{"train/loss", 7.1}});

  ASSERT_EQ(lines().size(), 3U);
  EXPECT_EQ(lines()[1]["event"], "resume");
  EXPECT_EQ(lines()[1]["step"], 10);
  ASSERT_EQ(event_files().size(), 2U);
  EXPECT_EQ(io::scan_records(event_files()[1]).records.size(), 3U);  // version, session start, one figure
}

/// The scalars of an event file as "TAG@STEP=VALUE", and "start@STEP" for the start of a session: enough of event.proto for what we write.
std::vector<std::string> scalars_of(const fs::path& path) {
  const InputFile file(path);
  std::vector<std::string> found;
  int64_t index = 0;
  for (const io::RecordPlace& place : io::scan_records(path).records) {
    const std::vector<std::byte> record = io::read_record(file, place, index++);
    const std::string event(as_text(record).substr(9));  // behind the wall time: field 2 the step, field 5 the summary, field 7 the session
    if (!event.starts_with('\x10')) continue;            // the file's version
    const int step = event[1];                           // small steps have one byte
    if (event[2] == '\x3a') found.push_back(fmt::format("start@{}", step));
    if (event[2] != '\x2a') continue;
    const size_t length = static_cast<size_t>(event[7]);  // summary { value { tag
    float value = 0;
    std::memcpy(&value, event.data() + 8 + length + 1, sizeof value);
    found.push_back(fmt::format("{}@{}={}", event.substr(8, length), step, value));
  }
  return found;
}

TEST_F(RunLogs, TagsOfTheReferenceStandInTheEventFilesOnly) {
  RunLog log(run_, TagScheme::kTf, log_);

  log.train({.step = 20}, std::vector<Scalar>{{"train/loss", 6.5}, {"train/lr", 0.25}, {"train/grad_norm", 2}});
  log.evaluation({.step = 20}, std::vector<Scalar>{{"val/top1", 0.5}, {"val/loss", 4}});

  EXPECT_THAT(keys(lines()[0]), testing::Contains("train/loss"));  // what the report reads stays
  ASSERT_EQ(event_files().size(), 1U);
  EXPECT_THAT(scalars_of(event_files()[0]), ElementsAre("loss@20=6.5", "learning_rate@20=0.25", "train/grad_norm@20=2"));
  // as the reference has them: two curves called loss must not become one
  const std::vector<fs::path> evaluations = glob((run_ / "eval" / "events.out.tfevents.*").string());
  ASSERT_EQ(evaluations.size(), 1U);
  EXPECT_THAT(scalars_of(evaluations[0]), ElementsAre("accuracy@20=0.5", "loss@20=4"));
}

TEST_F(RunLogs, TagsOfTheReferenceAreThoseOfTheSpecification) {
  EXPECT_THAT(tf_tags("train/lr"), ElementsAre("learning_rate"));
  EXPECT_THAT(tf_tags("train/cross_entropy"), ElementsAre("cross_entropy"));
  EXPECT_THAT(tf_tags("train/l2_loss"), ElementsAre("l2_loss"));
  EXPECT_THAT(tf_tags("train/top1"), ElementsAre("train_accuracy"));
  EXPECT_THAT(tf_tags("train/top5"), ElementsAre("train_accuracy_top_5"));
  EXPECT_THAT(tf_tags("val/top1"), ElementsAre("accuracy"));
  EXPECT_THAT(tf_tags("val/top5"), ElementsAre("accuracy_top_5"));
  EXPECT_THAT(tf_tags("perf/steps_per_s"), ElementsAre("global_step/sec"));
  EXPECT_THAT(tf_tags("perf/img_per_s"), ElementsAre("examples/sec"));
  EXPECT_THAT(tf_tags("val/AP"), ElementsAre("accuracy", "COCO/AP"));
  EXPECT_THAT(tf_tags("val/ARmax100"), ElementsAre("COCO/ARmax100"));
  EXPECT_THAT(tf_tags("perf/wait_fraction"), ElementsAre("perf/wait_fraction"));
}

TEST_F(RunLogs, EvaluationsOfADetectorHaveEveryTagOfTheReference) {
  RunLog log(run_, TagScheme::kTf, log_);
  std::vector<Scalar> values;
  for (const metrics::CocoNumber& number : metrics::kCocoNumbers) values.push_back({fmt::format("val/{}", number.key), 0.5});
  log.evaluation({.step = 20}, values);

  const std::vector<fs::path> evaluations = glob((run_ / "eval" / "events.out.tfevents.*").string());
  ASSERT_EQ(evaluations.size(), 1U);
  EXPECT_THAT(scalars_of(evaluations[0]),
              ElementsAre("accuracy@20=0.5", "COCO/AP@20=0.5", "COCO/AP50@20=0.5", "COCO/AP75@20=0.5", "COCO/APs@20=0.5", "COCO/APm@20=0.5", "COCO/APl@20=0.5",
                          "COCO/ARmax1@20=0.5", "COCO/ARmax10@20=0.5", "COCO/ARmax100@20=0.5", "COCO/ARs@20=0.5", "COCO/ARm@20=0.5", "COCO/ARl@20=0.5"));
}

TEST_F(RunLogs, ResumedSessionWithTagsOfTheReferenceDropsReplayedEvaluationsToo) {
  {
    RunLog log(run_, TagScheme::kTf, log_);
    log.train({.step = 20}, std::vector<Scalar>{{"train/loss", 6.5}});
    log.evaluation({.step = 20}, std::vector<Scalar>{{"val/top1", 0.5}});
  }
  RunLog log(run_, TagScheme::kTf, log_);

  log.event({.step = 10}, RunEvent::kResume, "from step-00000010");
  log.train({.step = 20}, std::vector<Scalar>{{"train/loss", 6}});
  log.evaluation({.step = 20}, std::vector<Scalar>{{"val/top1", 0.75}});

  ASSERT_EQ(event_files().size(), 2U);
  EXPECT_THAT(scalars_of(event_files()[1]), ElementsAre("start@11", "loss@20=6"));
  const std::vector<fs::path> evaluations = glob((run_ / "eval" / "events.out.tfevents.*").string());
  ASSERT_EQ(evaluations.size(), 2U);
  EXPECT_THAT(scalars_of(evaluations[1]), ElementsAre("start@11", "accuracy@20=0.75"));
}

TEST_F(RunLogs, TornLineIsCutOff) {
  write_atomically(run_ / "metrics.jsonl", std::string_view("{\"step\": 1}\n{\"step\": 2, \"ki"));
  RunLog log(run_, TagScheme::kFovea, log_);

  log.train({.step = 3}, {});

  ASSERT_EQ(lines().size(), 2U);
  EXPECT_EQ(lines()[0]["step"], 1);
  EXPECT_EQ(lines()[1]["step"], 3);
}

TEST_F(RunLogs, TornLineIsCutOffAlsoWhenItIsLongOrTheOnlyOne) {
  const std::string torn(10'000, 'x');
  write_atomically(run_ / "metrics.jsonl", "{\"step\": 1}\n" + torn);
  RunLog(run_, TagScheme::kFovea, log_).train({.step = 3}, {});
  EXPECT_EQ(lines().size(), 2U);

  write_atomically(run_ / "metrics.jsonl", torn);
  RunLog(run_, TagScheme::kFovea, log_).train({.step = 3}, {});
  EXPECT_EQ(lines().size(), 1U);
}

TEST_F(RunLogs, FullDiskIsSaidOnceAndTheRunGoesOn) {
  RunLog log(run_, TagScheme::kFovea, log_);
  const std::vector<Scalar> values{{"train/loss", 6.9}};
  log.train({.step = 1}, values);
  for (const int64_t step : {2, 3}) {
    const test::FailingCall failing(2);  // the write; the open before it works
    log.train({.step = step}, values);
  }
  log.train({.step = 4}, values);

  ASSERT_EQ(lines().size(), 2U);
  EXPECT_EQ(lines()[0]["step"], 1);
  EXPECT_EQ(lines()[1]["step"], 4);
  ASSERT_EQ(said_.size(), 2U);
  EXPECT_THAT(said_[0], HasSubstr("No space left on device"));
  EXPECT_THAT(said_[0], HasSubstr("training goes on"));
  EXPECT_THAT(said_[1], HasSubstr("can be written again; 4 entries were lost"));  // a line and its event records, twice
  EXPECT_EQ(event_files().size(), 1U);
}

TEST_F(RunLogs, SaysAtTheEndWhatWasLost) {
  RunLog whole(run_, TagScheme::kFovea, log_);
  whole.end({.step = 1}, RunState::kDone, "1 step done");
  ASSERT_TRUE(said_.empty());
  RunLog log(run_, TagScheme::kFovea, log_);
  {
    const test::FailingCall failing(2);
    log.train({.step = 2}, {});
  }

  log.event({.step = 2}, RunEvent::kStop, "stopped by SIGTERM");

  EXPECT_EQ(said_.back(), "2 figures of this session could not be written: metrics.jsonl and the event files lack them");
}

TEST_F(RunLogs, FailureOfEveryCallLeavesWholeLinesAndNoEmptyFiles) {
  RunLog log(run_, TagScheme::kFovea, log_);
  const std::vector<Scalar> values{{"train/loss", 6.9}};
  for (int64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    bool happened = false;
    {
      const test::FailingCall failing(call);
      log.event({.step = call}, RunEvent::kResume, "");  // every session begins a file
      log.train({.step = call}, values);
      happened = failing.happened();
    }
    log.train({.step = 1000 + call}, values);
    ASSERT_EQ(lines().back()["step"], 1000 + call);
    if (!happened) break;
  }
  log.end({.step = 2000}, RunState::kDone, "");
  int64_t lost = 0;
  ASSERT_EQ(std::sscanf(said_.back().c_str(), "%ld figures", &lost), 1) << said_.back();
  EXPECT_GE(lost, 8);  // open and write of two lines, then of the version, the session and the figure of an event file
  for (const fs::path& file : event_files()) EXPECT_GT(fs::file_size(file), 0U);
}

}  // namespace
}  // namespace fovea::train
