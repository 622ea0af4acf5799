#include "fovea/io/event_file.h"

#include "fovea/base/strings.h"
#include "fovea/io/little_endian.h"
#include "fovea/io/tfrecord.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <chrono>
#include <limits>

namespace fovea::io {
namespace {

using namespace std::string_literals;
using test::TemporaryFolder;
using testing::HasSubstr;
using testing::MatchesRegex;

std::vector<fs::path> event_files(const fs::path& folder) { return glob((folder / "*").string()); }

/// The events of a file without their first nine bytes, which are the tag and value of the wall time.
std::vector<std::string> events_of(const fs::path& path) {
  const InputFile file(path);
  const RecordScan scan = scan_records(path);
  EXPECT_EQ(scan.damage, std::nullopt);
  std::vector<std::string> events;
  for (const RecordPlace& place : scan.records) {
    const auto payload = read_record(file, place, static_cast<int64_t>(events.size()));
    EXPECT_EQ(payload.at(0), std::byte{0x09});  // field 1, fixed64
    const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    EXPECT_NEAR(load_number<double>(payload, 1), now, 60);
    events.emplace_back(as_text(payload).substr(9));
  }
  return events;
}

/// The one event that `write` adds behind the file's version.
template <class Write>
std::string event_of(Write write) {
  const TemporaryFolder folder;
  EventFile file(folder.path());
  write(file);
  const auto events = events_of(event_files(folder.path()).at(0));
  EXPECT_EQ(events.size(), 2u);
  return events.back();
}

// The messages below are worked by hand from the field numbers of TensorBoard's event.proto and summary.proto; check_tensorboard.py reads
// such files with TensorBoard itself.

TEST(EventFile, BeginsWithItsVersion) {
  const TemporaryFolder folder;
  const EventFile file(folder.path());

  EXPECT_THAT(events_of(event_files(folder.path()).at(0)), testing::ElementsAre("\x1a\x0d"
                                                                                "brain.Event:2"s));
}

TEST(EventFile, WritesTheStartOfASession) {
  // step 300 = ac 02; session_log { status: START }
  EXPECT_EQ(event_of([](EventFile& file) { file.start_session(300); }), "\x10\xac\x02\x3a\x02\x08\x01"s);
}

TEST(EventFile, WritesScalars) {
  // step 5; summary { value { tag "a/b", simple_value 1.5 } }
  EXPECT_EQ(event_of([](EventFile& file) { file.scalar("a/b", 1.5, 5); }),
            "\x10\x05\x2a\x0c\x0a\x0a\x0a\x03"
            "a/b\x15\0\0\xc0\x3f"s);
}

TEST(EventFile, WritesScalarsThatAreNotFinite) {
  // infinity as float: 7f800000
  EXPECT_EQ(event_of([](EventFile& file) { file.scalar("a/b", std::numeric_limits<double>::infinity(), 5); }),
            "\x10\x05\x2a\x0c\x0a\x0a\x0a\x03"
            "a/b\x15\0\0\x80\x7f"s);
}

TEST(EventFile, WritesTexts) {
  // tensor { dtype STRING, shape {}, string_val "hi" }, metadata { plugin_data { "text" }, data_class TENSOR }
  EXPECT_EQ(event_of([](EventFile& file) { file.text("t", "hi", 0); }),
            "\x10\0\x2a\x1b\x0a\x19\x0a\x01t\x42\x08\x08\x07\x12\0\x42\x02hi\x4a\x0a\x0a\x06\x0a\x04text\x20\x02"s);
}

TEST(EventFile, WritesPictures) {
  // image { height 2, width 3, colorspace 3, encoded "png" }
  EXPECT_EQ(event_of([](EventFile& file) { file.image("i", "png", 3, 2, 1); }),
            "\x10\x01\x2a\x12\x0a\x10\x0a\x01i\x22\x0b\x08\x02\x10\x03\x18\x03\x22\x03png"s);
}

TEST(EventFile, IsWholeAfterEveryCall) {
  const TemporaryFolder folder;
  EventFile file(folder.path());
  const fs::path path = event_files(folder.path()).at(0);

  for (size_t n = 1; n <= 20; ++n) {
    file.scalar("x", 1, static_cast<int64_t>(n));
    EXPECT_EQ(scan_records(path).records.size(), n + 1);
  }
}

TEST(EventFile, IsNamedByTimeHostAndProcess) {
  const TemporaryFolder folder;
  const auto before = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();

  const EventFile file(folder / "made/for/it");

  const std::string name = event_files(folder / "made/for/it").at(0).filename().string();
  EXPECT_THAT(name, MatchesRegex("events\\.out\\.tfevents\\.[0-9]{10}\\..+\\." + std::to_string(::getpid())));
  EXPECT_NEAR(static_cast<double>(*parse_int(split(name, '.').at(3))), static_cast<double>(before), 60);
}

TEST(EventFile, SortsBehindEarlierFilesWhateverTheClockSays) {
  const TemporaryFolder folder;
  folder.put("events.out.tfevents.4000000000.zebra.1", "");  // from the year 2096

  const EventFile first(folder.path());
  const EventFile second(folder.path());

  const auto files = event_files(folder.path());
  ASSERT_EQ(files.size(), 3u);
  EXPECT_THAT(files[1].string(), HasSubstr("tfevents.4000000001."));
  EXPECT_THAT(files[2].string(), HasSubstr("tfevents.4000000002."));
}

TEST(EventFile, RefusesAnImpossibleFolder) {
  const TemporaryFolder folder;
  const fs::path file = folder.put("file", "");

  const auto error = test::error_of([&] { EventFile events(file / "x"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kCannotCreate);
}

}  // namespace
}  // namespace fovea::io
