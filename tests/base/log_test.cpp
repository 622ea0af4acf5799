#include "fovea/base/log.h"

#include "fovea/base/file.h"
#include "fovea/base/strings.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace fovea {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;

TEST(Log, GivesLinesToItsSink) {
  std::vector<std::string> lines;
  Log log([&](LogLevel level, std::string_view line) { lines.push_back(fmt::format("{} {}", static_cast<int>(level), line)); });

  log.info("epoch {}", 3);
  log.warning("slow");
  log.line(LogLevel::kError, "full {}");  // a text, not a format

  EXPECT_THAT(lines, ElementsAre("0 epoch 3", "1 slow", "2 full {}"));
}

TEST(Log, WritesTheSameLinesWithTimesToItsFile) {
  const test::TemporaryFolder folder;
  Log log;
  log.info("before the file");
  log.attach_file(folder / "log.txt");

  log.info("{{}} stays");
  log.warning("slow");
  log.line(LogLevel::kError, "disk full");

  EXPECT_THAT(split(read_text(folder / "log.txt"), '\n'),
              ElementsAre(MatchesRegex("[0-9:]{8} \\{\\} stays"), MatchesRegex("[0-9:]{8} warning: slow"), MatchesRegex("[0-9:]{8} error: disk full"), ""));
}

TEST(Log, AppendsToWhatIsThere) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.put("log.txt", "first session\n");

  Log log;
  log.attach_file(path);
  log.info("second session");

  EXPECT_THAT(read_text(path), MatchesRegex("first session\n[0-9:]{8} second session\n"));
}

TEST(Log, KeepsLinesOfThreadsWhole) {
  const test::TemporaryFolder folder;
  Log log;
  log.attach_file(folder / "log.txt");

  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 50; ++n) log.info("abcdefghijklmnopqrstuvwxyz");
      });
    }
  }

  const auto lines = split(read_text(folder / "log.txt"), '\n');
  EXPECT_EQ(lines.size(), 201u);  // 200 lines and what follows the last line end: nothing
  for (const std::string& line : std::span(lines).first(200)) EXPECT_THAT(line, MatchesRegex("[0-9:]{8} abcdefghijklmnopqrstuvwxyz"));
}

TEST(Log, CallsItsSinkForOneLineAtATime) {
  std::vector<std::string> lines;  // a data race without the log's lock, which the thread sanitizer reports
  Log log([&](LogLevel, std::string_view line) { lines.emplace_back(line); });

  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 500; ++n) log.info("line");
      });
    }
  }

  EXPECT_EQ(lines.size(), 2000U);
}

TEST(Log, RefusesAnImpossibleFile) {
  const test::TemporaryFolder folder;
  const fs::path file = folder.put("file", "");
  Log log;

  const auto error = test::error_of([&] { log.attach_file(file / "log.txt"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kCannotCreate);
}

TEST(ClockTime, HasHoursMinutesSeconds) { EXPECT_THAT(clock_time(), MatchesRegex("[0-2][0-9]:[0-5][0-9]:[0-6][0-9]")); }

}  // namespace
}  // namespace fovea
