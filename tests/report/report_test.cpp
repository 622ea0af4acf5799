#include "fovea/report/report.h"

#include "fovea/base/error.h"
#include "fovea/base/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <ctime>
#include <fstream>
#include <string>

namespace fovea::report {
namespace {

using testing::HasSubstr;
using testing::Not;

class Report : public testing::Test {
 protected:
  Report() { make_directories(run_); }
  ~Report() override { fs::remove_all(run_); }

  void put(const std::string& name, std::string_view text) const {
    make_directories((run_ / name).parent_path());
    std::ofstream(run_ / name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string page() const { return report_page(std::span(&run_, 1)); }

  void put_metrics(int steps, int every) const {
    std::string text;
    for (int step = every; step <= steps; step += every) {
      text += fmt::format(
          R"({{"v":1,"t":{0},"kind":"train","step":{0},"images":{0},"epoch":{1},"train/loss":{2},"train/cross_entropy":{2},"train/lr":0.1,"train/grad_norm":1.5,"perf/img_per_s":90,)"
          R"("perf/wait_fraction":0.4,"mem/host_gb":1.5}})"
          "\n",
          step, step / 100.0, 2.0 + step % 7);
      if (step % (steps / 10) == 0)
        text += fmt::format("{{\"kind\":\"eval\",\"step\":{},\"epoch\":{},\"val/top1\":0.61,\"val/top5\":0.9,\"val/loss\":1.2}}\n", step, step / 100.0);
    }
    put("metrics.jsonl", text);
  }

  // Every class has 10 pictures: 6 right, 4 taken for the next class.
  void put_evaluation(int num_classes) const {
    std::string classes = "class,name,images,correct,accuracy,predicted,precision,most_confused_with,times\n";
    std::string confusion = "truth,predicted,count\n";
    for (int i = 0; i < num_classes; ++i) {
      const int next = (i + 1) % num_classes;
      classes += fmt::format("{},\"class {}, <i>\",10,6,0.6,10,0.6,\"class {}, <i>\",4\n", i, i, next);
      confusion += fmt::format("{},{},6\n{},{},4\n", i, i, i, next);
    }
    put("eval/step-00001000/metrics.json", R"({"step":1000,"epoch":10,"images":100,"top1":0.6,"top5":0.9,"loss":1.1,"weights":"raw","seconds":4})");
    put("eval/step-00001000/per_class.csv", classes);
    put("eval/step-00001000/confusion.csv", confusion);
    put("eval/step-00001000/worst.json",
        R"([{"file":"worst/00.jpg","place":"cat/1.jpg","truth":"cat","predicted":"dog","p_truth":0.01,"p_predicted":0.97,"loss":4.6},{"file":"../../../secret.jpg","truth":"a","predicted":"b"}])");
    put("eval/step-00001000/worst/00.jpg", "\xFF\xD8\xFF\xE0");
    put("secret.jpg", "\xFF\xD8\xFF\xE1 secret");
  }

  const fs::path run_ = fs::path(testing::TempDir()) / (std::string("report_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(Report, ShowsEveryPartOfARun) {
  put_metrics(1000, 10);
  put_evaluation(10);
  put("config.yaml", "name: r18\nexpect:\n  metric: top1\n  value: 0.65\n  measured_on: ten classes\n");
  put("status.json", R"({"state":"done","step":1000,"total_steps":1000,"epoch":10,"best":{"top1":0.61,"step":900}})");
  put("data.json",
      R"({"source":"/data/x","train":{"images":30,"classes":[{"name":"cat","count":10},{"name":"dog","count":20}]},"validation":{"images":5,"classes":[]},"num_outputs":2})");
  put("plan.txt", "steps 1,000");

  const std::string html = page();

  for (const char* id : {"chart-loss", "chart-accuracy", "chart-rate", "chart-gradient", "chart-speed", "chart-wait", "chart-memory", "classes", "confusion",
                         "mistakes", "data", "plan", "events", "config"}) {
    EXPECT_THAT(html, HasSubstr(fmt::format("id=\"{}\"", id)));
  }
  EXPECT_THAT(html, HasSubstr("Finished after 10 epochs: best top-1 61.00 %, 4.0 points below the 65.00 % that the recipe promises."));
  EXPECT_THAT(html, HasSubstr("waited for data 40 % of the time"));
  EXPECT_THAT(html, HasSubstr("class 3, &lt;i&gt; taken for class 4, &lt;i&gt;: 4 of 10 (40.0 %)"));
  EXPECT_THAT(html, HasSubstr("data:image/jpeg;base64,/9j/4A=="));
  EXPECT_THAT(html, HasSubstr("steps 1,000"));
}

TEST_F(Report, ComparesNoPartOfTheValidationSetWithThePromise) {
  put_metrics(1000, 10);
  put_evaluation(10);
  put("config.yaml", "name: r18\ntrain:\n  eval_images: 100\nexpect:\n  metric: top1\n  value: 0.65\n  measured_on: ten classes\n");
  put("status.json", R"({"state":"done","step":1000,"total_steps":1000,"epoch":10,"best":{"top1":0.61,"step":900}})");

  const std::string html = page();

  EXPECT_THAT(html, HasSubstr("best top-1 61.00 %"));
  EXPECT_THAT(html, Not(HasSubstr("the recipe promises")));
}

TEST_F(Report, SaysThatARunWasKilledWhenNoProcessWorksInIt) {
  const auto put_status = [&](const std::string& host) {
    put("status.json", fmt::format(R"({{"state":"running","step":5,"total_steps":9,"host":"{}","updated":{}}})", host, std::time(nullptr)));
  };

  put_status(host_name());
  EXPECT_THAT(page(), HasSubstr("Killed at step 5 (0 epochs) or later"));
  put_status("elsewhere");
  EXPECT_THAT(page(), HasSubstr("Running at step 5"));
  put_status(host_name());
  const int lock = lock_file(run_ / ".lock");
  const std::string html = page();
  ::close(lock);

  EXPECT_THAT(html, HasSubstr("Running at step 5"));
}

TEST_F(Report, HasTheSummaryOfAProfile) {
  put("config.yaml", "name: r18\n");
  put("profile/steps-50-53/summary.txt", "Profile of steps 50 to 53\nwait for <data>\n");

  const std::string html = page();

  EXPECT_THAT(html, HasSubstr("<a href=\"#profile\">"));
  EXPECT_THAT(html, HasSubstr("<summary>steps-50-53</summary><pre>Profile of steps 50 to 53\nwait for &lt;data&gt;\n</pre>"));
}

TEST_F(Report, CountsSessionsWithoutRollbacks) {
  put_metrics(1000, 10);
  std::string text = read_text(run_ / "metrics.jsonl");
  const auto add = [&](std::string_view event, int step) {
    text += fmt::format("{{\"t\":{},\"kind\":\"event\",\"step\":{},\"epoch\":{},\"event\":\"{}\"}}\n", 1000 + step, step, step / 100.0, event);
  };
  for (const int step : {700, 600}) {
    add("rollback", step);
    add("resume", step - 50);
  }
  put("metrics.jsonl", text);
  const std::string of_one_session = page();
  add("resume", 500);
  put("metrics.jsonl", text);

  const std::string of_two_sessions = page();

  EXPECT_THAT(of_one_session, HasSubstr("in one session"));
  EXPECT_THAT(of_one_session, Not(HasSubstr("continued at step")));
  EXPECT_THAT(of_two_sessions, HasSubstr("in 2 sessions"));
  EXPECT_THAT(of_two_sessions, HasSubstr("continued at step 500"));
}

TEST_F(Report, FollowsNoPathOutOfTheFolderOfThePictures) {
  put_evaluation(3);
  put("status.json", "{}");

  const std::string html = page();

  EXPECT_THAT(html, HasSubstr("picture not kept"));
  EXPECT_THAT(html, Not(HasSubstr("data:image/jpeg;base64,/9j/4SBz")));  // the beginning of secret.jpg
}

TEST_F(Report, SaysWhatIsMissing) {
  put("config.yaml", "name: r18\n");

  const std::string html = page();

  for (const char* sentence :
       {"No figures were logged yet", "There is no evaluation yet", "tells nothing about its data", "There is no plan", "No events were logged"}) {
    EXPECT_THAT(html, HasSubstr(sentence));
  }
}

TEST_F(Report, HoldsNothingFromOutsideAsMarkup) {
  put("config.yaml", "name: \"<script>x\"\n");
  put("status.json", R"({"state":"failed","message":"<script>x"})");
  put("metrics.jsonl", "{\"kind\":\"event\",\"step\":1,\"event\":\"<script>x\",\"text\":\"<script>x\"}\n");
  put("skipped.txt", "<script>x\n");
  put("plan.txt", "<script>x");

  const std::string html = page();

  EXPECT_THAT(html, Not(HasSubstr("<script>x")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;x"));
  EXPECT_THAT(html, Not(testing::ContainsRegex("(src|href)=\"?https?:")));
}

TEST_F(Report, StaysSmallWithAThousandClassesAndManySteps) {
  put_metrics(100'000, 20);
  put_evaluation(1000);

  const std::string html = page();

  EXPECT_LT(html.size(), size_t{3'000'000});
  EXPECT_THAT(html, HasSubstr("class 999, &lt;i&gt;"));
  EXPECT_THAT(html, HasSubstr("The 20 weakest"));
}

TEST_F(Report, IsMadeFromDamagedFilesToo) {
  const std::array kFiles{"metrics.jsonl",
                          "status.json",
                          "data.json",
                          "config.yaml",
                          "eval/step-00001000/metrics.json",
                          "eval/step-00001000/per_class.csv",
                          "eval/step-00001000/confusion.csv",
                          "eval/step-00001000/worst.json"};
  const std::array<std::string, 6> kContents{
      "", "{", "null", std::string("\0\xFF\xFE", 3), R"({"step":1e308,"top1":"x","train":3,"best":[],"images":-1})", "-1,99999999999,5\n0,0\n"};
  for (const char* file : kFiles) {
    for (const std::string& content : kContents) {
      SCOPED_TRACE(fmt::format("{}: {}", file, content));
      put_metrics(100, 10);
      put_evaluation(3);
      put("status.json", R"({"state":"running"})");
      put(file, content);

      EXPECT_THAT(page(), HasSubstr("</html>"));
    }
  }
}

TEST_F(Report, LaysRunsOverEachOther) {
  put_metrics(1000, 10);
  put("config.yaml", "optim:\n  lr: 0.1\n");
  const fs::path other = run_ / "other";
  put("other/config.yaml", "optim:\n  lr: 0.2\n");
  const std::array runs{run_, other};

  const std::string html = report_page(runs);

  EXPECT_THAT(html, HasSubstr("2 runs compared"));
  EXPECT_THAT(html, HasSubstr("<td><code>optim.lr</code></td><td>0.1</td><td>0.2</td>"));
  EXPECT_THAT(html, HasSubstr("id=\"chart-loss-0-step\""));
}

TEST_F(Report, IsWrittenIntoTheRun) {
  put("config.yaml", "name: r18\n");

  write_report(run_);

  EXPECT_THAT(read_text(run_ / "report.html"), testing::StartsWith("<!DOCTYPE html>"));
}

TEST_F(Report, RefusesAFolderThatIsNoRun) {
  try {
    (void)page();
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kMissing);
    EXPECT_THAT(error.what(), HasSubstr("expected the folder of a run, with metrics.jsonl, status.json or config.yaml, found a folder without any of them"));
  }
}

}  // namespace
}  // namespace fovea::report
