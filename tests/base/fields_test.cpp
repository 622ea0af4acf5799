#include "fovea/base/fields.h"

#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea {
namespace {

using test::error_of;
using test::message_of;
using testing::ElementsAre;
using testing::IsEmpty;

enum class Form { kRound, kVerySquare };
constexpr std::array<std::string_view, 2> enum_names(Form) { return {"round", "very_square"}; }

struct Options {
  double lr = 0.1;
  int64_t epochs = 90;
  bool nesterov = false;
  std::string name = "x";
  Form form = Form::kRound;
  std::optional<double> clip;
  std::vector<double> drops{30, 60};
};

const std::vector<Field>& fields() {
  static const std::vector<Field> kFields{
      field("lr", &Options::lr, "rate", {.min = 0, .max = 10}),
      field("epochs", &Options::epochs, "epochs", {.min = 1}),
      field("nesterov", &Options::nesterov, "form"),
      field("name", &Options::name, "name"),
      field("form", &Options::form, "form"),
      field("clip", &Options::clip, "norm", {.min = 0}),
      field("drops", &Options::drops, "epochs of drops", {.min = 0}),
  };
  return kFields;
}

const Field& named(std::string_view name) { return *std::ranges::find(fields(), name, &Field::name); }

std::string refusal(std::string_view name, std::string_view text) {
  Options options;
  return message_of([&] { named(name).assign(&options, text); });
}

TEST(Field, AssignsEachType) {
  Options options;

  named("lr").assign(&options, "1e-3");
  named("epochs").assign(&options, "5");
  named("nesterov").assign(&options, "Yes");
  named("name").assign(&options, "a b");
  named("form").assign(&options, "Very-Square");
  named("clip").assign(&options, "2.5");
  named("drops").assign(&options, "[1, 2.5]");

  EXPECT_EQ(options.lr, 1e-3);
  EXPECT_EQ(options.epochs, 5);
  EXPECT_TRUE(options.nesterov);
  EXPECT_EQ(options.name, "a b");
  EXPECT_EQ(options.form, Form::kVerySquare);
  EXPECT_EQ(options.clip, 2.5);
  EXPECT_THAT(options.drops, ElementsAre(1, 2.5));
}

TEST(Field, PrintsWhatItReads) {
  for (const Field& field : fields()) {
    SCOPED_TRACE(field.name);
    const Options before;
    const std::string text = field.print(&before);
    Options after{.lr = 9, .epochs = 9, .nesterov = true, .name = "9", .form = Form::kVerySquare, .clip = 9.0, .drops = {9}};

    field.assign(&after, text);

    EXPECT_EQ(field.print(&after), text);
  }
}

TEST(Field, PrintsInItsOwnNotation) {
  const Options options;

  EXPECT_EQ(named("lr").print(&options), "0.1");
  EXPECT_EQ(named("nesterov").print(&options), "false");
  EXPECT_EQ(named("form").print(&options), "round");
  EXPECT_EQ(named("clip").print(&options), "none");
  EXPECT_EQ(named("drops").print(&options), "[30, 60]");
}

TEST(Field, SaysWhatItExpects) {
  EXPECT_EQ(refusal("lr", "fast"), "expected number, found \"fast\"");
  EXPECT_EQ(refusal("epochs", "1.5"), "expected integer, found \"1.5\"");
  EXPECT_EQ(refusal("nesterov", "1"), "expected true or false, found \"1\"");
  EXPECT_EQ(refusal("form", "oval"), "expected one of round, very_square, found \"oval\"");
  EXPECT_EQ(refusal("clip", "x"), "expected number or none, found \"x\"");
  EXPECT_EQ(refusal("drops", "[1, x]"), "expected list of number, found \"[1, x]\"");
}

TEST(Field, NamesLargeBoundsInFull) {
  const Field steps = field("epochs", &Options::epochs, "", {.min = 1, .max = 9e15});
  Options options;

  EXPECT_EQ(test::message_of([&] { steps.assign(&options, "0"); }), "expected a value in [1, 9000000000000000], found 0");
}

TEST(Field, RefusesValuesOutsideTheRange) {
  EXPECT_EQ(refusal("lr", "11"), "expected a value in [0, 10], found 11");
  EXPECT_EQ(refusal("lr", "-0.1"), "expected a value in [0, 10], found -0.1");
  EXPECT_EQ(refusal("lr", "10"), "no error");  // both ends belong to it
  EXPECT_EQ(refusal("epochs", "0"), "expected a value in [1, inf], found 0");
  EXPECT_EQ(refusal("clip", "-1"), "expected a value in [0, inf], found -1");
  EXPECT_EQ(refusal("clip", "none"), "no error");
}

TEST(Field, RefusesElementsOutsideTheRange) { EXPECT_EQ(refusal("drops", "[1, -2]"), "expected values in [0, inf], found -2"); }

TEST(Field, ThrowsConfigErrorsAndLeavesTheOptionsAlone) {
  Options options;

  const auto error = error_of([&] { named("lr").assign(&options, "11"); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kConfig);
  EXPECT_EQ(options.lr, 0.1);
}

TEST(Field, ReadsListsWithAndWithoutBrackets) {
  Options options;

  named("drops").assign(&options, "1,2");
  EXPECT_THAT(options.drops, ElementsAre(1, 2));

  named("drops").assign(&options, "[]");
  EXPECT_THAT(options.drops, IsEmpty());
}

TEST(Field, ClearsAnOptional) {
  Options options{.clip = 3.0};

  named("clip").assign(&options, "none");

  EXPECT_EQ(options.clip, std::nullopt);
}

}  // namespace
}  // namespace fovea
