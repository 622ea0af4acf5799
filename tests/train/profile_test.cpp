#include "fovea/train/profile.h"

#include "fovea/io/json.h"

#include "tests/support/errors.h"
#include "tests/support/gunzip.h"
#include "tests/train/tiny_run.h"

#include <gmock/gmock.h>

#include <csignal>
#include <sstream>

namespace fovea::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kMillisecond = 1'000'000;

/// A run with the steps 2 to 4 of 6 recorded.
void profile_in_the_middle(TinyRun& run) {
  run.setup.name = "tiny";
  run.setup.profile = ProfileWindow{.first = 2, .last = 4};
  run.session();
}

io::Json trace_of(const TinyRun& run) { return io::Json::parse(test::gunzipped(run.dir() / "profile/steps-2-4/rank0.trace.json.gz")); }

std::vector<io::Json> spans_of(const io::Json& trace) {
  std::vector<io::Json> spans;
  for (const io::Json& event : trace.at("traceEvents")) {
    if (event.at("ph") == "X") spans.push_back(event);
  }
  return spans;
}

int64_t nanoseconds(const io::Json& microseconds) { return std::llround(microseconds.get<double>() * 1000); }

/// The sum of the column of shares: lines such as "  36.4 %  263.94 ms   forward", without the last, which is the sum itself.
double sum_of_shares(const std::string& summary) {
  std::istringstream lines(summary.substr(summary.find("where the time goes\n") + 20));
  double sum = 0;
  for (std::string line; std::getline(lines, line) && line.find("one step") == std::string::npos;) sum += std::stod(line);
  return sum;
}

TEST(ProfileWindow, IsTwoStepsBothIncluded) {
  const ProfileWindow window = profile_window("50,53");

  EXPECT_EQ(window.first, 50);
  EXPECT_EQ(window.last, 53);
  EXPECT_EQ(profile_window(" 7, 7").last, 7);
}

TEST(ProfileWindow, RefusesWhatIsNoWindow) {
  for (const char* text : {"", "50", "50,", ",53", "a,b", "50-53", "1,2,3", "1.5,2", "0,0", "-1,3", "53,50", "1,99999999999999999999"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(test::code_of([&] { (void)profile_window(text); }), ErrorCode::kUsage);
  }
  EXPECT_THAT(test::error_of([] { (void)profile_window("53,50"); })->advice(), HasSubstr("--profile 50,53"));
}

TEST(TraceFile, IsWhatViewersRead) {
  TraceFile file;
  file.add({.activity = Activity::kForward, .part = "a \"quoted\" \\ name", .thread = 3, .begin_ns = 1'234'567, .end_ns = 2'000'001});
  file.add({.activity = Activity::kRead, .thread = 5, .begin_ns = 0, .end_ns = 999});

  const io::Json trace = io::Json::parse(file.json());

  const std::vector<io::Json> spans = spans_of(trace);
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].at("name"), "a \"quoted\" \\ name");
  EXPECT_EQ(spans[0].at("cat"), "forward");
  EXPECT_EQ(spans[0].at("tid"), 3);
  EXPECT_EQ(spans[0].at("ts"), 1234.567);  // microseconds
  EXPECT_EQ(spans[0].at("dur"), 765.434);
  EXPECT_EQ(spans[1].at("name"), "read");
  EXPECT_EQ(spans[1].at("dur"), 0.999);
  std::map<int64_t, std::string> tracks;
  for (const io::Json& event : trace.at("traceEvents")) {
    if (event.at("name") == "thread_name") tracks[event.at("tid")] = event.at("args").at("name");
  }
  EXPECT_EQ(tracks, (std::map<int64_t, std::string>{{3, "training"}, {5, "loader 1"}}));
}

TEST(TraceFile, StaysBelowItsCapAndSaysSo) {
  TraceFile file(2000);
  for (int i = 0; i < 100; ++i) file.add({.activity = Activity::kRead, .thread = 0, .begin_ns = i, .end_ns = i + 1});

  const std::string text = file.json();

  const io::Json trace = io::Json::parse(text);
  EXPECT_LT(text.size(), 2500U);
  EXPECT_EQ(static_cast<int64_t>(spans_of(trace).size()), file.written());
  EXPECT_EQ(file.written() + file.left_out(), 100);
  EXPECT_EQ(trace.at("otherData").at("note"), std::to_string(file.left_out()) + " further spans were left out: the trace is limited in size");
}

/// Two steps of 100 ms, of each: 10 waiting, 30 forward (layer1.0 20, layer2.0 5), 40 backward (loss 1, layer2.0 9, layer1.0 25), 8 optimiser; and
/// a loader of two threads, one of which decodes 5 ms for each of 4 pictures.
ProfileTotals two_steps(int64_t wait_ms) {
  ProfileTotals totals;
  const auto add = [&](Activity activity, const char* part, int64_t thread, int64_t ms) {
    totals.add({.activity = activity, .part = part, .thread = thread, .begin_ns = 0, .end_ns = ms * kMillisecond});
  };
  for (int step = 0; step < 2; ++step) {
    add(Activity::kWait, "", 0, wait_ms);
    add(Activity::kForward, "layer1.0", 0, 20);
    add(Activity::kForward, "layer2.0", 0, 5);
    add(Activity::kForward, "", 0, 30);
    add(Activity::kBackward, "loss", 0, 1);
    add(Activity::kBackward, "layer2.0", 0, 9);
    add(Activity::kBackward, "layer1.0", 0, 25);
    add(Activity::kBackward, "", 0, 40);
    add(Activity::kOptimiser, "", 0, 8);
    add(Activity::kStep, "step", 0, 90 + wait_ms);
    for (int picture = 0; picture < 4; ++picture) {
      add(Activity::kRead, "", 1, 0);
      add(Activity::kDecode, "", 1, 5);
    }
  }
  return totals;
}

TEST(ProfileSummary, SaysWhereTheTimeWent) {
  const ProfileSummary summary =
      profile_summary(two_steps(10), {.what = "tiny: resnet18, cpu", .batch_size = 4, .loader_threads = 2}, "Profile of steps 1 to 2");

  // 78 of 100 ms compute; layer1 45 of them. The loader could do 2 threads / 5 ms = 400 pictures a second; 4 in 100 ms were asked for.
  EXPECT_EQ(
      summary.verdict,
      "The step is limited by computing (78 % of the time); layer1 takes most, 45 % (forward 20 %, backward 25 %). The input would manage about 10.0 times "
      "this speed.");
  EXPECT_THAT(summary.text, testing::StartsWith("Profile of steps 1 to 2\ntiny: resnet18, cpu\n\nThe step is"));
  EXPECT_THAT(summary.text, HasSubstr("A step takes 100.0 ms (100.0 to 100.0) for 4 pictures: 40.0 pictures a second."));
  EXPECT_THAT(summary.text, HasSubstr("  10.0 %       10.00 ms   wait for data\n"));
  EXPECT_THAT(summary.text, HasSubstr("  12.0 %       12.00 ms   the rest\n"));
  EXPECT_THAT(summary.text, HasSubstr("  45.0 %     20.00 ms     25.00 ms   layer1.0\n  14.0 %      5.00 ms      9.00 ms   layer2.0\n"
                                      "  10.0 %      5.00 ms      5.00 ms   between the layers\n   1.0 %            -      1.00 ms   loss\n"));
  EXPECT_THAT(summary.text, HasSubstr("  20.0 %    0.0 %   20.0 %      0.0 %   1\n1 of 2 threads had nothing to do\n"));
  EXPECT_DOUBLE_EQ(sum_of_shares(summary.text), 100);
}

TEST(ProfileSummary, NamesTheInputWhereItIsTheBottleneck) {
  const ProfileSummary summary = profile_summary(two_steps(110), {.batch_size = 4, .loader_threads = 1}, "Profile of steps 1 to 2");

  EXPECT_THAT(summary.verdict, HasSubstr("limited by the input: 55 % of the time goes by waiting for data, with 1 loader thread busy 10 % of it."));
}

TEST(ProfileSummary, JudgesTrainingApartFromEvaluations) {
  ProfileTotals totals = two_steps(10);
  totals.add({.activity = Activity::kEvaluate, .begin_ns = 0, .end_ns = 800 * kMillisecond});
  totals.steps.back() += 0.8;

  const ProfileSummary summary = profile_summary(totals, {.batch_size = 4, .loader_threads = 1}, "Profile of steps 1 to 2");

  EXPECT_THAT(summary.verdict,
              HasSubstr("evaluating and saving took 80 % of these steps. Apart from them the step is limited by computing (78 % of the time)"));
  EXPECT_THAT(summary.verdict, HasSubstr("about 5.0 times"));
}

class ProfiledRun : public testing::TestWithParam<kernels::Path> {};

TEST_P(ProfiledRun, ComputesTheSameBitByBit) {
  TinyRun plain, profiled;
  for (TinyRun* run : {&plain, &profiled}) {
    run->setup.path = GetParam();
    run->setup.optim.ema = 0.9;
  }

  plain.session();
  profile_in_the_middle(profiled);

  expect_same_tensors(plain, profiled, 6);
  EXPECT_EQ(plain.figures("train"), profiled.figures("train"));
}

TEST_P(ProfiledRun, HasEveryStepWithItsPartsInside) {
  TinyRun run;
  run.setup.path = GetParam();
  run.setup.train.micro_batch = 2;
  profile_in_the_middle(run);

  const std::vector<io::Json> spans = spans_of(trace_of(run));

  std::vector<std::string> steps;
  for (const io::Json& span : spans) {
    if (span.at("cat") == "step") steps.push_back(span.at("name"));
  }
  ASSERT_THAT(steps, ElementsAre("step 2", "step 3", "step 4"));
  // On a track a span lies inside another one or beside it.
  std::map<int64_t, std::vector<std::pair<int64_t, int64_t>>> tracks;
  for (const io::Json& span : spans) tracks[span.at("tid")].emplace_back(nanoseconds(span.at("ts")), -nanoseconds(span.at("ts")) - nanoseconds(span.at("dur")));
  for (auto& [thread, track] : tracks) {
    std::sort(track.begin(), track.end());  // by begin, and the longest first
    std::vector<int64_t> open;
    for (const auto& [begin, minus_end] : track) {
      while (!open.empty() && open.back() <= begin) open.pop_back();
      EXPECT_TRUE(open.empty() || -minus_end <= open.back());
      open.push_back(-minus_end);
    }
  }
  // Two passes a step, each with all layers both ways.
  for (const char* layer : {"stem", "layer1.0", "layer1.1", "layer2.0", "layer4.1", "fc"}) {
    for (const char* way : {"forward", "backward"}) {
      SCOPED_TRACE(std::string(way) + " " + layer);
      EXPECT_EQ(std::count_if(spans.begin(), spans.end(), [&](const io::Json& span) { return span.at("name") == layer && span.at("cat") == way; }), 6);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Paths, ProfiledRun, testing::Values(kernels::Path::kFused, kernels::Path::kReference),
                         [](const auto& param) { return param.param == kernels::Path::kFused ? "fused" : "reference"; });

TEST(Profile, LayersTakeNoLongerThanTheStep) {
  TinyRun run;
  profile_in_the_middle(run);

  std::map<std::string, int64_t> sums;
  for (const io::Json& span : spans_of(trace_of(run))) {
    const std::string activity = span.at("cat");
    sums[activity == span.at("name") || activity == "step" ? activity : activity + " of layers"] += nanoseconds(span.at("dur"));
  }
  EXPECT_LE(sums.at("forward of layers"), sums.at("forward"));
  EXPECT_LE(sums.at("backward of layers"), sums.at("backward"));
  EXPECT_LE(sums.at("forward") + sums.at("backward"), sums.at("step"));
}

TEST(Profile, TellsOfEvaluatingAndSavingInItsSteps) {
  TinyRun run;
  run.setup.train.eval_every = {3, Interval::Unit::kSteps};
  profile_in_the_middle(run);

  const std::string summary = read_text(run.dir() / "profile/steps-2-4/summary.txt");

  EXPECT_THAT(summary, testing::StartsWith("Profile of steps 2 to 4\ntiny: resnet18, float32, cpu, fused kernels, "));
  EXPECT_THAT(summary, HasSubstr("evaluate\n"));
  EXPECT_THAT(summary, HasSubstr("save\n"));
  EXPECT_NEAR(sum_of_shares(summary), 100, 1.0);  // every line is rounded to a tenth
}

TEST(Profile, RefusesStepsBehindTheEndAndLeavesNoRun) {
  TinyRun run;
  run.setup.profile = ProfileWindow{.first = 5, .last = 7};

  const auto error = test::error_of([&] { run.session(); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kUsage);
  EXPECT_STREQ(error->what(), "--profile 5,7: the run ends with step 6");
  EXPECT_FALSE(fs::exists(run.dir()));
}

TEST(Profile, RefusesStepsBehindTheEndAndLeavesARunAsItIs) {
  TinyRun run;
  run.on_line = [](std::string_view line) {
    if (line.starts_with("new run")) ::raise(SIGTERM);  // before the first step
  };
  run.session();
  run.on_line = nullptr;
  const auto files_but_log = [&run] {
    std::map<std::string, std::string> files = run.contents();
    files.erase((run.dir() / "train.log").string());
    return files;
  };
  const std::map<std::string, std::string> before = files_but_log();
  run.setup.profile = ProfileWindow{.first = 5, .last = 7};

  EXPECT_EQ(test::code_of([&] { run.session(); }), ErrorCode::kUsage);

  EXPECT_TRUE(files_but_log() == before);  // not by EXPECT_EQ, which would print the files
}

TEST(Profile, EndsWhereARollbackWouldRecordStepsAgain) {
  const test::TemporaryFolder folder;
  Log log([](LogLevel, std::string_view) {});
  Profile profile({.first = 2, .last = 6}, {.batch_size = 1}, folder.path(), 0, log);

  for (const int64_t step : {1, 2, 3, 4, 3, 4, 5}) profile.step_begins(step);
  profile.end();

  const fs::path place = folder.path() / "profile/steps-2-6";
  EXPECT_THAT(read_text(place / "summary.txt"), testing::StartsWith("Profile of steps 2 to 4, of 2,6 that were asked for\n"));
  std::vector<std::string> steps;
  for (const io::Json& span : spans_of(io::Json::parse(test::gunzipped(place / "rank0.trace.json.gz")))) steps.push_back(span.at("name"));
  EXPECT_THAT(steps, ElementsAre("step 2", "step 3", "step 4"));
}

TEST(Profile, ThatTheRunDidNotComeToIsSaidToBeNone) {
  TinyRun run;
  run.setup.profile = ProfileWindow{.first = 4, .last = 5};
  run.after_step = [](int64_t step) {
    if (step == 2) ::raise(SIGTERM);
  };

  run.session();

  EXPECT_TRUE(run.said("warning: --profile 4,5: the run did not come to these steps, nothing was profiled"));
}

TEST(Profile, OfARunThatIsStoppedIsShort) {
  TinyRun run;
  run.after_step = [](int64_t step) {
    if (step == 3) ::raise(SIGTERM);
  };
  profile_in_the_middle(run);

  EXPECT_THAT(read_text(run.dir() / "profile/steps-2-4/summary.txt"), testing::StartsWith("Profile of steps 2 to 3, of 2,4 that were asked for\n"));

  run.after_step = nullptr;
  run.session();

  EXPECT_TRUE(run.said("warning: --profile 2,4: the run goes on at step 4, so only step 4 will be profiled"));
  EXPECT_THAT(read_text(run.dir() / "profile/steps-2-4/summary.txt"), testing::StartsWith("Profile of step 4, of 2,4 that were asked for\n"));
}

TEST(Profile, OfStepsThatAreBehindTheRunIsSaidToBeNone) {
  TinyRun run;
  run.setup.profile = ProfileWindow{.first = 2, .last = 3};
  run.after_step = [](int64_t step) {
    if (step == 5) ::raise(SIGTERM);
  };
  run.session();
  fs::remove_all(run.dir() / "profile");

  run.after_step = nullptr;
  run.session();

  EXPECT_TRUE(run.said("warning: --profile 2,3: the run goes on at step 6, behind these steps: nothing will be profiled"));
  EXPECT_FALSE(fs::exists(run.dir() / "profile"));

  run.session();

  EXPECT_TRUE(run.said("warning: --profile: the run is finished, there is no step left to profile"));
}

TEST(Profile, ThatCannotBeWrittenIsAWarning) {
  TinyRun run;
  run.after_step = [&](int64_t step) {
    if (step == 1) OutputFile(run.dir() / "profile").write("in the way");
  };

  profile_in_the_middle(run);

  EXPECT_TRUE(run.said("warning: the profile could not be written"));
  EXPECT_EQ(run.status().at("state"), "done");
}

}  // namespace
}  // namespace fovea::train
