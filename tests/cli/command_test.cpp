#include "fovea/cli/command.h"

#include "fovea/base/error.h"
#include "fovea/base/file.h"
#include "fovea/data/loader.h"
#include "fovea/data/show.h"
#include "fovea/image/decode.h"
#include "fovea/recipe/recipe.h"
#include "fovea/tensor/tensor.h"

#include "tests/cli/support.h"
#include "tests/support/temporary_folder.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <stdexcept>

namespace fovea::cli {

namespace {

Outcome run_action(const std::function<int()>& action, const std::optional<fs::path>& run_folder = {}) {
  std::ostringstream out, err;
  Console console{.out = out, .err = err, .run_folder = run_folder};
  const int code = run_guarded(action, {"train", "x"}, console);
  return {code, out.str(), err.str()};
}

constexpr std::string_view kSmallSet = "synthetic:classes=3,train=40,val=8,size=16";

/// What `fovea data show` is to write: the first `rows` pictures of a training with these settings from a step on.
std::string expected_sheet(int64_t step, size_t rows, const std::vector<std::string>& settings) {
  recipe::Sources sources{.recipe = "tiny-resnet18"};
  for (const std::string& setting : settings) sources.overrides.push_back(recipe::parse_setting(setting));
  const recipe::Recipe recipe = recipe::load_recipe(sources);
  const data::OpenedDataset opened = data::open_dataset(std::string(kSmallSet), data::Split::kTrain, {});
  data::Loader loader = data::Loader::train(*opened.dataset, {.data = recipe.data, .batch = recipe.train.batch_size}, step);
  std::vector<image::SheetCell> cells;
  while (cells.size() < rows) {
    for (image::SheetCell& cell : data::batch_cells(*loader.next(), opened.dataset->info().class_names)) cells.push_back(std::move(cell));
  }
  cells.resize(rows);
  const std::vector<std::byte> png = image::encode_png(data::pictures_sheet(cells, fmt::format("{}, training of {}", recipe.name, kSmallSet)));
  return {reinterpret_cast<const char*>(png.data()), png.size()};
}

std::string shown_sheet(int64_t step, int64_t pictures, const std::vector<std::string>& settings) {
  const fs::path file = fs::path(testing::TempDir()) / (std::string("sheet_") + testing::UnitTest::GetInstance()->current_test_info()->name() + ".png");
  Arguments arguments{"data", "show", std::string(kSmallSet), "--recipe", "tiny-resnet18", "--out", file.string(), "--force"};
  arguments.insert(arguments.end(), {"--step", fmt::format("{}", step), "--pictures", fmt::format("{}", pictures)});
  for (const std::string& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return read_text(file);
}

}  // namespace

TEST(Program, AloneSaysWhatToDoFirst) {
  const Outcome outcome = run({});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, testing::HasSubstr("\n  fovea data demo "));
  EXPECT_THAT(outcome.out, testing::HasSubstr("\n  fovea train "));
  EXPECT_THAT(outcome.out, testing::HasSubstr("\n  fovea predict "));
}

TEST(Program, HelpFitsAScreenAndNamesEveryCommand) {
  const Outcome outcome = run({"--help"});

  EXPECT_LE(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 24);
  for (const Command& command : commands()) EXPECT_THAT(outcome.out, testing::HasSubstr(fmt::format("\n  {} ", command.name)));
}

TEST(Program, HelpOfEveryCommandFitsAScreen) {
  for (const Command& command : commands()) {
    SCOPED_TRACE(command.name);
    const Outcome outcome = run({std::string(command.name), "--help"});

    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, testing::HasSubstr(fmt::format("fovea {}", command.name)));
    EXPECT_LE(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 48);
  }
}

TEST(Program, HelpSaysWhatTheCompleteOneHasBeyondIt) {
  EXPECT_THAT(run({"train", "--help"}).out, testing::EndsWith("\nmore flags and all recipe keys: fovea train --help-all\n"));
  EXPECT_THAT(run({"data", "--help"}).out, testing::EndsWith("\nthe arguments of each: fovea data --help-all\n"));
  EXPECT_THAT(run({"data", "show", "--help"}).out, testing::Not(testing::HasSubstr("fovea data --help-all")));
  for (const Command& command : commands()) {
    SCOPED_TRACE(command.name);
    EXPECT_THAT(run({std::string(command.name), "--help-all"}).out, testing::Not(testing::ContainsRegex("(more flags|each): fovea")));
  }
}

TEST(Program, CompleteHelpWritesNumbersInFull) { EXPECT_THAT(run({"--help-all"}).out, testing::Not(testing::ContainsRegex("[0-9]e\\+[0-9]"))); }

TEST(Program, CompleteHelpHasEveryCommandAndTheKeys) {
  const Outcome outcome = run({"--help-all"});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, testing::HasSubstr("optim.weight_decay "));
  for (const std::string part : {"convert", "average", "explain", "--pictures"}) EXPECT_THAT(outcome.out, testing::HasSubstr(part));
}

TEST(Program, HelpOfACommandIsItsHelp) {
  EXPECT_EQ(run({"help"}).out, run({"--help"}).out);
  EXPECT_EQ(run({"help", "train"}).out, run({"train", "--help"}).out);
  EXPECT_EQ(run({"help", "data", "show"}).out, run({"data", "show", "--help"}).out);
  EXPECT_EQ(run({"help", "trian"}).code, 2);
}

TEST(Program, SaysItsVersion) { EXPECT_THAT(run({"--version"}).out, testing::StartsWith("fovea 0.")); }

TEST(Program, NamesTheNearestCommand) {
  const Outcome outcome = run({"trian"});

  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "error: there is no command \"trian\"; did you mean \"train\"?\ntry: fovea --help\n");
}

TEST(DataDemo, NamesTheNextCommandAsAShellReadsIt) {
  const test::TemporaryFolder folder;

  const Outcome outcome = run({"data", "demo", folder / "my shapes", "--train", "8", "--val", "8", "--size", "16"});

  const std::string place = folder / "my shapes";
  EXPECT_THAT(outcome.out, testing::EndsWith(fmt::format("\nnext: fovea train tiny-resnet18 --data '{0}/pictures' --run-dir '{0}/run'\n", place)));
}

TEST(DataShow, ShowsTheFirstPicturesOfATrainingStep) {
  const std::vector<std::string> settings{"data.image_size=16", "train.batch_size=8"};

  EXPECT_TRUE(shown_sheet(2, 3, settings) == expected_sheet(2, 3, settings));  // not by EXPECT_EQ, which would print the files
}

TEST(DataShow, GoesOnWithTheStepsThatFollow) {
  const std::vector<std::string> settings{"data.image_size=16", "train.batch_size=8"};

  EXPECT_TRUE(shown_sheet(1, 20, settings) == expected_sheet(1, 20, settings));
}

TEST(DataShow, EndsWithTheValidationSet) {
  const test::TemporaryFolder folder;

  const Outcome outcome = run({"data", "show", std::string(kSmallSet), "--validation", "--pictures", "100", "--out", (folder / "sheet.png").string()});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::HasSubstr(": 8 pictures as the network receives them\n"));
}

TEST(DataShow, WritesWhatTheNameSays) {
  const test::TemporaryFolder folder;
  const fs::path file = folder / "sheet.JPG";

  const Outcome outcome = run({"data", "show", std::string(kSmallSet), "--pictures", "2", "--set", "train.batch_size=8", "--out", file.string()});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(image::recognise(read_bytes(file)), image::Format::kJpeg);
}

TEST(DataShow, RefusesAnUnknownEnding) {
  const Outcome outcome = run({"data", "show", std::string(kSmallSet), "--out", "sheet.gif"});

  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "error: --out: \"sheet.gif\" does not end in .png, .jpg or .jpeg\ntry: --out sheet.gif.png\n");
}

TEST(DataShow, SaysWhatWasLeftOut) {
  const test::TemporaryFolder folder;
  const fs::path data = folder / "shapes";
  ASSERT_EQ(run({"data", "demo", data.string(), "--train", "16", "--val", "8", "--size", "16"}).code, 0);
  const fs::path shard = data / "records/train-00000-of-00001";
  fs::resize_file(shard, fs::file_size(shard) - 100);
  write_atomically(data / "pictures/train/bar/0000.jpg", std::string_view("no picture"));
  const std::vector<std::string> lenient{"--set", "data.on_corrupt=skip", "--set", "data.image_size=16", "--set", "train.batch_size=16"};
  const auto shown = [&](Arguments arguments) {
    arguments.insert(arguments.end(), lenient.begin(), lenient.end());
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.err;
  };

  EXPECT_THAT(shown({"data", "show", (data / "records").string(), "--out", folder / "records.png"}),
              testing::ContainsRegex("warning: left out: .*the file ends inside the record"));
  EXPECT_THAT(shown({"data", "show", (data / "pictures").string(), "--out", folder / "pictures.png"}),
              testing::ContainsRegex("warning: skipped: .*bar/0000.jpg"));
  EXPECT_THAT(shown({"bench", "input", "--data", (data / "records").string(), "--repeats", "1"}), testing::HasSubstr("warning: left out: "));
}

TEST(DataShow, KeepsMixedPairsWhole) {
  const std::vector<std::string> settings{"data.image_size=16", "train.batch_size=8", "data.mixup=0.2"};

  EXPECT_TRUE(shown_sheet(1, 3, settings) == expected_sheet(1, 4, settings));
}

TEST(Guard, GivesTheCodeOfAnErrorAndItsAdvice) {
  const Outcome outcome = run_action([]() -> int { fail(ErrorCode::kDiverged, Advice{"something smaller"}, "the loss is not finite"); });

  EXPECT_EQ(outcome.code, 80);
  EXPECT_EQ(outcome.err, "error: the loss is not finite\ntry: something smaller\n");
}

TEST(Guard, HasAdviceForErrorsWithoutOne) {
  for (const ErrorCode code : {ErrorCode::kUsage, ErrorCode::kData, ErrorCode::kMissing, ErrorCode::kDevice, ErrorCode::kInternal, ErrorCode::kCannotCreate,
                               ErrorCode::kIo, ErrorCode::kInterrupted, ErrorCode::kConfig, ErrorCode::kDiverged, ErrorCode::kMemory}) {
    SCOPED_TRACE(static_cast<int>(code));
    const Outcome outcome = run_action([code]() -> int { fail(code, "wrong"); });

    EXPECT_EQ(outcome.code, static_cast<int>(code));
    EXPECT_THAT(outcome.err, testing::MatchesRegex("error: wrong\ntry: .+\n"));
  }
}

TEST(Guard, TakesAFailedAllocationForMemory) {
  EXPECT_EQ(run_action([]() -> int { throw std::bad_alloc(); }).code, 81);
}

TEST(Guard, TakesLibTorchsFailedAllocationForMemory) {
  // more bytes than any machine has: the allocator refuses at once
  const Outcome outcome = run_action([]() -> int {
    const at::Tensor tensor = at::empty({int64_t{1} << 60}, at::kByte);
    return static_cast<int>(tensor.dim());
  });

  EXPECT_EQ(outcome.code, 81);
  EXPECT_THAT(outcome.err, testing::HasSubstr("try: a smaller --batch-size"));
}

TEST(Guard, WritesACrashReportIntoTheRunFolder) {
  const fs::path folder = fs::path(testing::TempDir()) / "crashed_run";
  make_directories(folder);

  const Outcome outcome = run_action([]() -> int { throw std::logic_error("nobody foresaw this"); }, folder);

  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, testing::HasSubstr((folder / "crash.txt").string()));
  EXPECT_THAT(read_text(folder / "crash.txt"), testing::AllOf(testing::HasSubstr("nobody foresaw this"), testing::HasSubstr("fovea train x")));
}

TEST(Guard, WritesNoCrashReportWithoutARun) {
  const Outcome outcome = run_action([]() -> int { throw std::logic_error("nobody foresaw this"); });

  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "error: nobody foresaw this\ntry: report this message with the command line; it is a defect of the program\n");
}

}  // namespace fovea::cli
