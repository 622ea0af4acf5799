#include "fovea/tensor/failure.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <new>

namespace fovea {
namespace {

TEST(AsError, KeepsAnErrorAsItIs) {
  const Error error = as_error(Error(ErrorCode::kData, "record 3 is cut", "fovea data check"));

  EXPECT_EQ(error.code(), ErrorCode::kData);
  EXPECT_STREQ(error.what(), "record 3 is cut");
  EXPECT_EQ(error.advice(), "fovea data check");
}

TEST(AsError, KnowsBothWaysToRunOutOfMemory) {
  EXPECT_EQ(as_error(std::bad_alloc()).code(), ErrorCode::kMemory);
  try {
    (void)at::empty({std::numeric_limits<int64_t>::max() / 16});
    FAIL() << "so much memory was there";
  } catch (const std::exception& exception) {
    EXPECT_EQ(as_error(exception).code(), ErrorCode::kMemory) << exception.what();
  }
}

TEST(AsError, NamesThePathThatTheSystemRefused) {
  const std::filesystem::filesystem_error refused("status", "a/b", std::make_error_code(std::errc::permission_denied));

  EXPECT_EQ(as_error(refused).code(), ErrorCode::kIo);
  EXPECT_STREQ(as_error(refused).what(), "\"a/b\": Permission denied");
}

TEST(AsError, CallsTheRestUnexpected) {
  const Error error = as_error(std::out_of_range("nobody foresaw this"));

  EXPECT_EQ(error.code(), ErrorCode::kUnexpected);
  EXPECT_STREQ(error.what(), "nobody foresaw this");
}

TEST(AsError, SparesTheStackOfLibTorch) {
  try {
    (void)at::empty({2}).view({3});
    FAIL();
  } catch (const std::exception& exception) {
    EXPECT_EQ(as_error(exception).code(), ErrorCode::kUnexpected);
    EXPECT_THAT(as_error(exception).what(), testing::Not(testing::HasSubstr("frame #")));
  }
}

}  // namespace
}  // namespace fovea
