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

  // A cat found, another taken for a dog, a dog missed; boxes from 0.4 on.
  void put_detection(std::string_view diagnosis = "[]") const {
    const std::string folder = "eval/step-00001000/";
    put(folder + "metrics.json", fmt::format(R"({{"step":1000,"images":4,"AP":0.25,"AP50":0.5,"loss":1.1,"diagnosis":{},)"
                                             R"("errors":{{"score_min":0.4,"precision":0.5,"recall":0.333,"F1":0.4,"class":1,"missed":1}}}})",
                                             diagnosis));
    put(folder + "per_class.csv", "class,id,name,objects,detections,AP,AP50\n1,17,\"<cat>\",2,9,0.4,0.75\n2,90,\"dog\",1,8,0.1,0.25\n");
    put(folder + "confusion.csv", "truth,predicted,count\n1,1,1\n1,2,1\n2,0,1\n0,2,3\n");
    put(folder + "errors.csv",
        "class,id,name,objects,detections,right,localisation_errors,class_errors,duplicates,background_errors,missed\n"
        "1,17,\"<cat>\",2,1,1,0,0,0,0,0\n2,90,\"dog\",1,4,0,0,1,0,3,1\n");
    put(folder + "pr.csv", "recall,mean 0.50:0.95,mean 0.50,mean 0.75,\"<cat>\",\"dog\"\n0.00,0.5,1,0.5,1,1\n0.50,0.4,0.8,0,0.6,1\n1.00,0,0,0,0,0\n");
    put(folder + "worst.json",
        R"([{"file":"worst/00.jpg","place":"a/<b>.jpg","weight":2.5,"localisation":0,"class":1,"duplicate":0,"background":3,"missed":1}])");
    put(folder + "worst/00.jpg", "\xFF\xD8\xFF\xE0");
    put("metrics.jsonl",
        "{\"kind\":\"train\",\"step\":1000,\"train/loss\":3,\"train/loss_cls\":2}\n{\"kind\":\"eval\",\"step\":1000,\"val/AP\":0.25,\"val/loss\":1.1}\n");
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

TEST_F(Report, ShowsWhatADetectorDoesWrong) {
  put_detection();

  const std::string html = page();

  for (const char* id : {"chart-loss", "classes", "precision", "chart-pr", "chart-pr-classes", "errors", "confusion", "mistakes"}) {
    EXPECT_THAT(html, HasSubstr(fmt::format("id=\"{}\"", id)));
  }
  EXPECT_THAT(html, HasSubstr("training <b>3</b>"));               // the loss beside that of validation
  EXPECT_THAT(html, HasSubstr("AP50 (IoU 0.50) <b>60.00 %</b>"));  // the mean of 1, 0.8 and 0
  EXPECT_THAT(html, HasSubstr("&lt;cat&gt; <b>53.33 %</b>"));      // of 1, 0.6 and 0
  EXPECT_THAT(html, HasSubstr("Of 5 boxes, 1 are right; there are 3 objects. Counted are boxes with a score of 0.40 or more, where F1 is highest (0.40)"));
  EXPECT_THAT(html, HasSubstr("dog missed: 1 of 1"));
  EXPECT_THAT(html, HasSubstr("dog seen where nothing is: 3 of 3"));
  EXPECT_THAT(html, HasSubstr("&lt;cat&gt; taken for dog: 1 of 2"));
  EXPECT_THAT(html, HasSubstr("<b>3 background, 1 class, 1 missed</b>"));
  EXPECT_THAT(html, HasSubstr("data:image/jpeg;base64,/9j/4A=="));
  EXPECT_THAT(html, Not(HasSubstr("AP is near zero")));
  EXPECT_THAT(html, Not(HasSubstr("<cat>")));
}

TEST_F(Report, TellsWhyADetectorFindsNothing) {
  put_detection(R"(["3 <detections>","the ids do not fit",7])");

  EXPECT_THAT(page(),
              HasSubstr("AP is near zero after 1,000 steps (in the first few hundred that means little): 3 &lt;detections&gt;; the ids do not fit.</p>"));
}

TEST_F(Report, NamesPairsOfManyClassesWithoutTheBackground) {
  put_detection();
  std::string classes = "class,id,name,objects,detections,AP,AP50\n", confusion = "truth,predicted,count\n";
  for (int i = 1; i <= 80; ++i) {
    classes += fmt::format("{0},{0},class {0:03},10,9,0.5,0.6\n", i);
    confusion += fmt::format("{0},{0},1\n{0},0,7\n0,{0},5\n", i);
  }
  put("eval/step-00001000/per_class.csv", classes);
  put("eval/step-00001000/confusion.csv", confusion + "3,4,2\n");

  const std::string html = page();

  EXPECT_THAT(html, HasSubstr("<td>class 003</td><td>class 004</td><td class=\"n\">2</td><td data-v=\"20\">"));  // of 1 + 7 + 2 objects
  EXPECT_THAT(html, Not(HasSubstr("<td>background</td>")));
  EXPECT_THAT(html, HasSubstr("Counted are boxes on an object of another class at IoU 0.50"));
}

TEST_F(Report, ClaimsNoCutOfErrorsThatAreAllShown) {
  put_detection();
  std::string errors = "class,id,name,objects,detections,right,l,c,d,b,m\n";
  for (int i = 0; i < 80; ++i) errors += fmt::format("{0},{0},class {0:03},{1},0,0,0,0,0,0,{1}\n", i, i < 30 ? 1 : 0);
  put("eval/step-00001000/errors.csv", errors);

  EXPECT_THAT(page(), HasSubstr("<h3>By class</h3>"));
}

TEST_F(Report, ShowsADetectorThatFindsNothing) {
  put_detection();
  put("eval/step-00001000/errors.csv", "class,id,name,objects,detections,right,l,c,d,b,m\n1,17,cat,2,1,0,0,0,0,1,2\n");
  put("eval/step-00001000/pr.csv", "recall,mean 0.50:0.95,mean 0.50,mean 0.75,\"cat\"\n0.00,0,0,0,0\n0.50,0,0,0,0\n1.00,0,0,0,0\n");
  put("eval/step-00001000/per_class.csv", "class,id,name,objects,detections,AP,AP50\n1,17,cat,2,1,0,0\n");

  const std::string html = page();

  EXPECT_THAT(html, HasSubstr("As none is right, as many of the surest boxes count as there are objects: those with a score of 0.40 or more."));
  EXPECT_THAT(html, HasSubstr("4 pictures of 1 class, the weakest first"));
  EXPECT_THAT(html, HasSubstr("id=\"chart-pr\""));
  EXPECT_THAT(html, Not(HasSubstr("-100 %")));  // below zero there is nothing
}

TEST_F(Report, ShowsAnEvaluationOfADetectorWithoutItsFiles) {
  put("config.yaml", "name: ssd\n");
  put("eval/step-00001000/metrics.json", R"({"AP":0.25})");

  const std::string html = page();

  for (const char* sentence :
       {"left no table of classes", "left no curves (pr.csv)", "left no table of errors", "left no confusion matrix", "left no pictures"}) {
    EXPECT_THAT(html, HasSubstr(sentence));
  }
}

TEST_F(Report, ShowsTheEndsOfManyClassesAndStaysSmall) {
  put_detection();
  std::string curves = "recall,mean 0.50:0.95,mean 0.50,mean 0.75", errors = "class,id,name,objects,detections,right,l,c,d,b,m\n";
  for (int i = 0; i < 1000; ++i) {
    curves += fmt::format(",class {:03}", i);
    errors += fmt::format("{0},{0},class {0:03},10,10,5,1,1,1,2,{0}\n", i);
  }
  for (int r = 0; r <= 100; ++r) {
    curves += fmt::format("\n{:.2f},0.5,0.5,0.5", r / 100.0);
    for (int i = 0; i < 1000; ++i) curves += fmt::format(",{:.3f}", i / 1000.0);
  }
  put("eval/step-00001000/pr.csv", curves + "\n");
  put("eval/step-00001000/errors.csv", errors);

  const std::string html = page();

  EXPECT_LT(html.size(), size_t{300'000});
  EXPECT_THAT(html, HasSubstr("the 6 weakest and the 6 strongest of 1,000; all are in pr.csv"));
  EXPECT_THAT(html, HasSubstr("class 005 <b>0.50 %</b>"));
  EXPECT_THAT(html, Not(HasSubstr("class 006 <b>")));
  EXPECT_THAT(html, HasSubstr("class 994 <b>99.40 %</b>"));
  EXPECT_THAT(html, HasSubstr("<h3>By class with the most (all are in errors.csv)</h3>"));
  EXPECT_THAT(html, HasSubstr("<tr><td>class 999</td>"));  // of the errors the most
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

TEST_F(Report, IsMadeFromDamagedFilesOfADetectorToo) {
  const std::array<std::string, 8> kContents{"",
                                             "{",
                                             "null",
                                             std::string("\0\xFF\xFE", 3),
                                             R"({"AP":0.1,"errors":3,"diagnosis":{"a":1}})",
                                             R"([{"file":7,"missed":"x"},3])",
                                             "recall,a,b,c\n0.5,1,1,1\n0.4,1,1,1\n0.6,2,nan,1e999\n0.7,1\n",
                                             "-1,99999999999,5\n0,0\n"};
  for (const char* file : {"metrics.json", "per_class.csv", "pr.csv", "errors.csv", "confusion.csv", "worst.json"}) {
    for (const std::string& content : kContents) {
      SCOPED_TRACE(fmt::format("{}: {}", file, content));
      put_detection();
      put(fmt::format("eval/step-00001000/{}", file), content);

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
