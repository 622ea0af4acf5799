#include "fovea/nn/parameters.h"

#include "tests/support/close.h"
#include "tests/support/errors.h"

#include <gmock/gmock.h>

namespace fovea::nn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Parameters small_table() {
  Parameters parameters;
  parameters.add({.name = "conv1.weight", .value = at::ones({2, 3})});
  parameters.add({.name = "bn1.weight", .kind = Kind::kGamma, .value = at::ones({2})});
  parameters.add({.name = "bn1.running_mean", .kind = Kind::kStatistic, .value = at::full({2}, 4.F)});
  parameters.add({.name = "fc.weight", .value = at::ones({5, 2})});
  return parameters;
}

std::vector<std::string> trainable_names(Parameters& parameters) {
  std::vector<std::string> names;
  for (const Parameter* row : parameters.trainable()) names.push_back(row->name);
  return names;
}

TEST(Parameters, LeaveStatisticsOutOfTraining) {
  Parameters parameters = small_table();

  EXPECT_THAT(trainable_names(parameters), ElementsAre("conv1.weight", "bn1.weight", "fc.weight"));
  EXPECT_EQ(parameters.count(), 6 + 2 + 10);
  EXPECT_FALSE(parameters.find("bn1.running_mean")->value.requires_grad());
  EXPECT_TRUE(parameters.find("fc.weight")->value.requires_grad());
}

TEST(Parameters, RefuseASecondTensorOfTheSameName) {
  Parameters parameters = small_table();

  const auto error = test::error_of([&] { parameters.add({.name = "fc.weight", .value = at::ones({1})}); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kInternal);
  EXPECT_THAT(error->what(), HasSubstr("parameter \"fc.weight\" exists"));
}

TEST(Parameters, FindNothingUnderAnUnknownName) {
  Parameters parameters = small_table();

  EXPECT_EQ(parameters.find("fc"), nullptr);
}

TEST(Parameters, KeepTheAddressOfARowWhileTheTableGrows) {
  Parameters parameters;
  const Parameter* first = &parameters.add({.name = "first", .value = at::ones({1})});

  for (int i = 0; i < 1000; ++i) parameters.add({.name = fmt::format("p{}", i), .value = at::ones({1})});

  EXPECT_EQ(parameters.find("first"), first);
}

TEST(Freeze, TakesWhatAPatternMatchesOutOfTraining) {
  Parameters parameters = small_table();
  const std::vector<std::string> patterns{"conv?.*", "bn1.*"};

  parameters.freeze(patterns);

  EXPECT_THAT(trainable_names(parameters), ElementsAre("fc.weight"));
  EXPECT_EQ(parameters.count(), 10);
  EXPECT_FALSE(parameters.find("conv1.weight")->value.requires_grad()) << "backward must not compute what nobody uses";
}

TEST(Freeze, RefusesAPatternThatMatchesNothing) {
  Parameters parameters = small_table();
  const std::vector<std::string> patterns{"layer9.*"};

  const auto error = test::error_of([&] { parameters.freeze(patterns); });

  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kConfig);
  EXPECT_STREQ(error->what(), "freeze pattern \"layer9.*\" matches no parameter");
  EXPECT_EQ(error->advice(), "`fovea model NAME` lists the layers; \"layer1.*\" matches the tensors of all whose name begins so");
}

TEST(Freeze, DoesNotCountAStatisticAsAMatch) {
  Parameters parameters = small_table();
  const std::vector<std::string> patterns{"*.running_mean"};

  EXPECT_EQ(test::message_of([&] { parameters.freeze(patterns); }), "freeze pattern \"*.running_mean\" matches no parameter");
}

TEST(FreezeAllBut, LeavesOnlyWhatAPatternMatches) {
  Parameters parameters = small_table();
  const std::vector<std::string> patterns{"fc.*"};

  parameters.freeze_all_but(patterns);

  EXPECT_THAT(trainable_names(parameters), ElementsAre("fc.weight"));
  EXPECT_FALSE(parameters.find("conv1.weight")->value.requires_grad()) << "backward must not compute what nobody uses";
}

TEST(FreezeAllBut, FreezesNothingWithoutAPattern) {
  Parameters parameters = small_table();
  const int64_t before = parameters.count();

  parameters.freeze_all_but({});

  EXPECT_EQ(parameters.count(), before);
}

TEST(FreezeAllBut, DoesNotThawWhatIsFrozen) {
  Parameters parameters = small_table();
  const std::vector<std::string> frozen{"conv1.*"}, kept{"conv1.*", "fc.*"};
  parameters.freeze(frozen);

  parameters.freeze_all_but(kept);

  EXPECT_THAT(trainable_names(parameters), ElementsAre("fc.weight"));
}

TEST(FreezeAllBut, RefusesAPatternThatMatchesNothing) {
  Parameters parameters = small_table();
  const std::vector<std::string> patterns{"fc.*", "head.*"};

  EXPECT_EQ(test::message_of([&] { parameters.freeze_all_but(patterns); }), "train_only pattern \"head.*\" matches no parameter");
}

TEST(Statistics, AreCopiedAndPutBack) {
  Parameters parameters = small_table();
  const std::vector<Tensor> before = parameters.copy_statistics();
  Tensor& mean = parameters.find("bn1.running_mean")->value;
  const Tensor same_storage = mean;
  mean.fill_(9);

  parameters.put_statistics(before);

  EXPECT_TRUE(same_storage.equal(at::tensor({4.F, 4.F}))) << "the chains hold the same tensor";
}

TEST(Statistics, OfAnotherTableAreRefused) {
  Parameters parameters = small_table();

  EXPECT_THAT(test::message_of([&] { parameters.put_statistics({}); }), HasSubstr("0 values for 1 statistics"));
}

TEST(Parameters, ForgetTheirGradients) {
  Parameters parameters = small_table();
  Parameter* weight = parameters.find("fc.weight");
  weight->value.sum().backward();
  ASSERT_TRUE(weight->value.grad().defined());

  parameters.zero_gradients();

  EXPECT_FALSE(weight->value.grad().defined());
}

}  // namespace
}  // namespace fovea::nn
