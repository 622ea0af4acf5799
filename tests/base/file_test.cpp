#include "fovea/base/file.h"

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace fovea {
namespace {

using test::error_of;
using test::message_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(InputFile, ReadsAtOffsets) {
  const TemporaryFolder folder;
  const InputFile file(folder.put("ten", "0123456789"));
  std::array<std::byte, 4> target{};

  EXPECT_EQ(file.size(), 10);
  EXPECT_EQ(file.read_at(3, target), 4u);
  EXPECT_EQ(as_text(target), "3456");
  EXPECT_EQ(file.read_at(8, target), 2u);  // the end
  EXPECT_EQ(as_text(target).substr(0, 2), "89");
  EXPECT_EQ(file.read_at(10, target), 0u);
  EXPECT_EQ(file.read_at(1000, target), 0u);
}

TEST(InputFile, StaysUsableWhenMoved) {
  const TemporaryFolder folder;
  InputFile first(folder.put("a", "aaaa"));
  InputFile second(folder.put("b", "bb"));
  std::array<std::byte, 2> target{};

  second = std::move(first);
  const InputFile third = std::move(second);

  EXPECT_EQ(third.path().filename(), "a");
  EXPECT_EQ(third.size(), 4);
  EXPECT_EQ(third.read_at(0, target), 2u);
  EXPECT_EQ(as_text(target), "aa");
}

TEST(InputFile, DoesNotWaitForTheWriterOfAPipe) {
  const TemporaryFolder folder;
  const fs::path pipe = folder / "pipe.jpg";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);

  const auto error = error_of([&] { InputFile{pipe}; });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kMissing);
  EXPECT_THAT(error->what(), HasSubstr("is not a regular file"));
}

TEST(InputFile, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  const fs::path file = folder.put("file", "");

  const auto absent = error_of([&] { InputFile(folder / "absent"); });
  const auto below_file = error_of([&] { InputFile(file / "x"); });
  const auto directory = error_of([&] { InputFile(folder.path()); });

  ASSERT_TRUE(absent && below_file && directory);
  EXPECT_EQ(absent->code(), ErrorCode::kMissing);
  EXPECT_EQ(std::string(absent->what()), "cannot open \"" + (folder / "absent").string() + "\": No such file or directory");
  EXPECT_EQ(below_file->code(), ErrorCode::kMissing);
  EXPECT_EQ(directory->code(), ErrorCode::kMissing);
  EXPECT_THAT(directory->what(), HasSubstr("is not a regular file"));
}

TEST(OutputFile, ReplacesOrAppends) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file", "old");

  {
    OutputFile file(path, OutputFile::Mode::kAppend);
    file.write("+more");
    file.finish();
  }
  EXPECT_EQ(read_text(path), "old+more");

  {
    OutputFile file(path);
    file.write("new");
    file.finish();
  }
  EXPECT_EQ(read_text(path), "new");
}

TEST(OutputFile, SaysWhyItCannotBeMade) {
  const TemporaryFolder folder;

  const auto error = error_of([&] { OutputFile(folder / "absent/file"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kCannotCreate);
  EXPECT_EQ(error->advice(), "choose a place that you may write to");
}

// /dev/full refuses every write as a full disk does (full(4)).
TEST(OutputFile, SaysThatTheDiskIsFull) {
  const auto error = error_of([] { OutputFile("/dev/full").write("x"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kIo);
  EXPECT_EQ(std::string(error->what()), "cannot write \"/dev/full\": No space left on device");
}

TEST(ReadBytes, RefusesFilesOverTheLimit) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file", "12345");

  EXPECT_EQ(read_text(path, 5), "12345");
  const auto error = error_of([&] { read_text(path, 4); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_THAT(error->what(), HasSubstr("has 5 B, the limit is 4 B"));
}

TEST(WriteAtomically, LeavesOnlyTheNewFile) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file", "old");

  write_atomically(path, "new");

  EXPECT_EQ(read_text(path), "new");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("file"));
}

// Restores the limit on the size of written files, which stands in for a full disk here.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(WriteAtomically, KeepsTheOldFileWhenTheDiskRefuses) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file", "old");
  std::optional<Error> error;

  {
    const FileSizeLimit limit(1000);
    error = error_of([&] { write_atomically(path, std::string(2000, 'x')); });
  }

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kIo);
  EXPECT_EQ(read_text(path), "old");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("file"));
}

TEST(WriteAtomically, LeavesThingsAsTheyWereWhenTheWriterFails) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file", "old");

  const auto error = error_of([&] {
    write_atomically(path, [&](const fs::path& temporary) {
      OutputFile(temporary).write("half");
      fail(ErrorCode::kData, "no more");
    });
  });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kData);
  EXPECT_EQ(read_text(path), "old");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("file"));
}

TEST(WriteAtomically, RefusesAFolderInThePlace) {
  const TemporaryFolder folder;
  make_directories(folder / "taken/below");

  const auto error = error_of([&] { write_atomically(folder / "taken", "x"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kCannotCreate);
  EXPECT_THAT(names_in(folder.path()), ElementsAre("taken"));
}

TEST(MakeDirectories, MakesParentsAndToleratesWhatIsThere) {
  const TemporaryFolder folder;

  const std::vector<fs::path> made = make_directories(folder / "a/b/c"), again = make_directories(folder / "a/b/c/");

  EXPECT_THAT(made, ElementsAre(folder / "a/b/c", folder / "a/b", folder / "a"));
  EXPECT_TRUE(again.empty());
  EXPECT_TRUE(fs::is_directory(folder / "a/b/c"));
  EXPECT_THAT(message_of([&] { make_directories(folder.put("file", "") / "x"); }), HasSubstr("cannot create folder"));
}

TEST(Glob, FindsFilesSortedByName) {
  const TemporaryFolder folder;
  make_directories(folder / "b");
  make_directories(folder / "a");
  for (const char* name : {"b/train-2", "a/train-1", "a/train-0", "a/val-0", "a/.train-hidden"}) folder.put(name, "");
  const std::string root = folder.path().string();

  EXPECT_THAT(glob(root + "/*/train-?"), ElementsAre(folder / "a/train-0", folder / "a/train-1", folder / "b/train-2"));
  EXPECT_THAT(glob(root + "/a/*train*"), ElementsAre(folder / "a/train-0", folder / "a/train-1"));
  EXPECT_THAT(glob(root + "/a/.*"), ElementsAre(folder / "a/.train-hidden"));
}

TEST(Glob, MatchesAPathWithoutWildCards) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file", "");

  EXPECT_THAT(glob(path.string()), ElementsAre(path));
  EXPECT_THAT(glob((folder / "absent").string()), IsEmpty());
  EXPECT_THAT(glob((folder / "absent/*").string()), IsEmpty());
  EXPECT_THAT(glob((path / "*").string()), IsEmpty());
}

TEST(Glob, FindsNothingUnderAnImpossibleName) {
  const TemporaryFolder folder;

  EXPECT_THAT(glob((folder / std::string(300, 'x')).string()), IsEmpty());  // longer than NAME_MAX, 255
}

TEST(FileStamp, ChangesWithSizeAndTime) {
  const TemporaryFolder folder;
  const fs::path path = folder.put("file", "12345");
  const auto first = file_stamp(path);
  ASSERT_TRUE(first);

  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(1));
  const auto second = file_stamp(path);

  EXPECT_EQ(first->size, 5);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->modified_ns - first->modified_ns, 1'000'000'000);
  EXPECT_EQ(file_stamp(folder / "absent"), std::nullopt);
}

TEST(FreeDiskBytes, AnswersForPathsThatAreNotThereYet) {
  const TemporaryFolder folder;

  EXPECT_GT(free_disk_bytes(folder / "not/yet/there"), 0);
  EXPECT_GT(free_disk_bytes(folder / std::string(300, 'x')), 0);
}

}  // namespace
}  // namespace fovea
