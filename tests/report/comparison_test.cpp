#include "fovea/report/report.h"

#include "fovea/base/error.h"

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace fovea::report {
namespace {

using testing::HasSubstr;
using testing::Not;

class Comparison : public testing::Test {
 protected:
  /// 100 lines of figures, one every 10 steps and 3 seconds, and evaluations up to `top1`.
  fs::path put_run(const std::string& name, double lr, double top1, double speed) const {
    make_directories(folder_ / name);
    std::string text;
    for (int i = 1; i <= 100; ++i) {
      text += fmt::format(
          R"({{"t":{},"kind":"train","step":{},"epoch":{},"train/cross_entropy":{},"train/lr":{},"train/grad_norm":1.5,"perf/img_per_s":{},"perf/wait_fraction":0}})"
          "\n",
          1000 + 3 * i, 10 * i, i / 10.0, 3.0 / i, lr, speed);
      if (top1 > 0 && i % 10 == 0) text += evaluation_line(i, top1 * i / 100);
    }
    folder_.put(name + "/metrics.jsonl", text);
    folder_.put(name + "/config.yaml", fmt::format("model:\n  name: resnet18\noptim:\n  lr: {}\n", lr));
    folder_.put(name + "/status.json", R"({"state":"done","step":1000,"total_steps":1000,"epoch":10})");
    return folder_ / name;
  }
  static std::string evaluation_line(int i, double top1) {
    return fmt::format(R"({{"t":{},"kind":"eval","step":{},"epoch":{},"val/top1":{},"val/top5":0.9,"val/loss":1.2}})"
                       "\n",
                       1000 + 3 * i, 10 * i, i / 10.0, top1);
  }
  static std::string page(const std::vector<fs::path>& runs) { return report_page(runs); }

  const test::TemporaryFolder folder_;
};

TEST_F(Comparison, SaysWhichIsBestAndWhichIsFastest) {
  const std::string html = page({put_run("slow", 0.1, 0.7, 50), put_run("middle", 0.2, 0.6, 60), put_run("fast", 0.4, 0.5, 90)});

  EXPECT_THAT(html, HasSubstr("<b>slow</b> is best with top-1 70.00 % at step 1,000; middle follows with 60.00 %. fast is fastest with 90 pictures a second."));
  EXPECT_THAT(html, HasSubstr("<b>70.00 %</b>"));  // in the table, of the best one only
  EXPECT_THAT(html, Not(HasSubstr("<b>60.00 %</b>")));
  EXPECT_THAT(html, Not(HasSubstr(">promised<")));  // no recipe promises anything
}

TEST_F(Comparison, OfRunsOnDifferentPicturesCallsNoneTheBest) {
  const fs::path a = put_run("a", 0.1, 0.7, 50), b = put_run("b", 0.1, 0.6, 60);
  const std::string place = "class folders in /a/path/that/is/longer/than/a/table/would/like/train: 30 pictures";
  const auto put_data = [&](const char* run, int64_t images, const char* fingerprint) {
    folder_.put(std::string(run) + "/data.json",
                fmt::format(R"({{"source":"{}","num_outputs":2,"validation":{{"images":{},"fingerprint":"{}"}}}})", place, images, fingerprint));
  };
  const auto has_best = [&] { return page({a, b}).find("is best with") != std::string::npos; };

  put_data("a", 8, "11"), put_data("b", 8, "11");
  EXPECT_TRUE(has_best());
  put_data("b", 9, "");
  EXPECT_FALSE(has_best());
  put_data("b", 8, "22");
  const std::string html = page({a, b});

  EXPECT_THAT(html, HasSubstr("They were not evaluated on the same pictures, so none of them is the best."));
  EXPECT_THAT(html, Not(HasSubstr("<b>70.00 %</b>")));
  EXPECT_THAT(html, HasSubstr("<td>8 pictures 11</td><td>8 pictures 22</td>"));
}

TEST_F(Comparison, ShowsWhereTheFirstWeightsCameFromAndWholePaths) {
  const fs::path a = put_run("a", 0.1, 0.7, 50), b = put_run("b", 0.1, 0.6, 60);
  const std::string from = "starting from /a/path/that/is/longer/than/a/table/would/like/resnet18.pth (backbone, 100/100 tensors)";
  folder_.put("b/init.txt", from + "\n\na table\n");

  EXPECT_THAT(page({a, b}), HasSubstr("<td>drawn weights</td><td>" + from + "</td>"));
}

TEST_F(Comparison, ListsTheSettingsThatDifferAndNoOthers) {
  const std::string html = page({put_run("a", 0.1, 0.7, 50), put_run("b", 0.2, 0.6, 60), put_run("c", 0.1, 0.6, 60)});

  EXPECT_THAT(html, HasSubstr("<td><code>optim.lr</code></td><td>0.1</td><td>0.2</td><td class=\"same\">0.1</td>"));
  EXPECT_THAT(html, Not(HasSubstr("<code>model.name</code>")));
}

TEST_F(Comparison, DrawsEveryRunAgainstStepEpochAndTime) {
  const std::string html = page({put_run("a", 0.1, 0.7, 50), put_run("b", 0.2, 0.6, 60)});

  for (const char* chart : {"loss-0", "loss-2", "accuracy-0", "accuracy-2", "rate-0", "speed-0"}) {
    for (const char* measure : {"step", "epoch", "time"}) {
      const std::string id = fmt::format("id=\"chart-{}-{}\"", chart, measure);
      SCOPED_TRACE(id);
      const size_t at = html.find(id);
      ASSERT_NE(at, std::string::npos);
      const std::string figure = html.substr(at, html.find("</figure>", at) - at);
      EXPECT_THAT(figure, HasSubstr("class=\"line c0\" data-name=\"a\""));
      EXPECT_THAT(figure, HasSubstr("class=\"line c1\" data-name=\"b\""));
    }
  }
  EXPECT_THAT(html, HasSubstr("id=\"by-epoch\" checked"));  // ten epochs: long enough to be counted in them
  EXPECT_THAT(html, HasSubstr("data-name=\"minutes\""));    // 297 seconds
}

TEST_F(Comparison, GivesTwentyRunsALookOfTheirOwn) {
  std::vector<fs::path> runs;
  for (int i = 0; i < 20; ++i) runs.push_back(put_run("run" + std::to_string(i), 0.1 + i, 0.5, 50));

  const std::string html = page(runs);

  std::set<std::string> looks;
  const std::string legend =
      html.substr(html.find("class=\"legend all\""), html.find("</div>", html.find("class=\"legend all\"")) - html.find("class=\"legend all\""));
  for (size_t at = 0; (at = legend.find("<i class=\"", at)) != std::string::npos; ++at)
    looks.insert(legend.substr(at + 10, legend.find('"', at + 10) - at - 10));
  EXPECT_EQ(looks.size(), 20U);
  EXPECT_TRUE(looks.contains("key c0") && looks.contains("key c0 dash") && looks.contains("key c0 dots"));
  EXPECT_LT(html.size(), size_t{3'000'000});
}

TEST_F(Comparison, TellsRunsOfTheSameNameApart) {
  const std::string html = page({put_run("monday/r50", 0.1, 0.7, 50), put_run("friday/r50", 0.2, 0.6, 60)});

  EXPECT_THAT(html, HasSubstr("<b>monday/r50</b> is best"));
  EXPECT_THAT(html, HasSubstr("friday/r50 follows"));
}

TEST_F(Comparison, OfARunWithItselfIsThePageOfThatRun) {
  const fs::path run = put_run("a", 0.1, 0.7, 50);

  EXPECT_THAT(page({run, run / "."}), Not(HasSubstr("runs compared")));
}

TEST_F(Comparison, SaysWhatIsMissingOrDamaged) {
  const fs::path good = put_run("good", 0.1, 0.7, 50), early = put_run("early", 0.1, 0, 50), torn = put_run("torn", 0.1, 0.6, 50);
  make_directories(folder_ / "new");
  folder_.put("new/config.yaml", "optim:\n  lr: 0.1\n");
  const std::string whole = read_text(torn / "metrics.jsonl");
  folder_.put("torn/metrics.jsonl", whole.substr(0, whole.size() / 2) + "\n{\"kind\":\"train\",\"step\":\n\xFF\xFE\n" + evaluation_line(100, 0.6));

  const std::string html = page({good, early, torn, folder_ / "new"});

  EXPECT_THAT(html, HasSubstr("<b>early</b>: There is no evaluation yet."));
  EXPECT_THAT(html, HasSubstr("<b>torn</b>: 3 lines of metrics.jsonl are damaged and were left out."));
  EXPECT_THAT(html, HasSubstr("<b>new</b>: No figures were logged yet."));
  EXPECT_THAT(html, HasSubstr("<b>good</b> is best"));
}

TEST_F(Comparison, OfRunsWithoutAnyFigureSaysSo) {
  for (const char* name : {"a", "b"}) {
    make_directories(folder_ / name);
    folder_.put(std::string(name) + "/config.yaml", "optim:\n  lr: 0.1\n");
  }

  const std::string html = page({folder_ / "a", folder_ / "b"});

  EXPECT_THAT(html, HasSubstr("None of them has an evaluation yet."));
  EXPECT_THAT(html, HasSubstr("No figures were logged yet (metrics.jsonl)."));
  EXPECT_THAT(html, HasSubstr("The recipes in force are the same."));
}

TEST_F(Comparison, NamesTheFolderThatIsNoRun) {
  const fs::path run = put_run("a", 0.1, 0.7, 50);

  const auto error = test::error_of([&] { (void)page({run, folder_.path()}); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kMissing);
  EXPECT_THAT(error->what(), HasSubstr(folder_.path().string() + ": expected the folder of a run"));
}

}  // namespace
}  // namespace fovea::report
