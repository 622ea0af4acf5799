// Shared by the tests of translations: errors with a part of their message, and surroundings without a file system.
#pragma once

#include "fovea/compat/translate.h"

#include "tests/support/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fovea::compat {

/// The call must throw an Error of this code whose message contains `text`.
template <class Call>
void expect_error(Call call, ErrorCode code, const std::string& text) {
  EXPECT_EQ(test::code_of(call), code);
  EXPECT_THAT(test::message_of(call), testing::HasSubstr(text));
}

/// HOME is /home/user1; the default data folders exist; `files` is what any file reads as.
inline Surroundings surroundings(std::vector<std::string> environment = {}, const std::string& file = "") {
  environment.emplace_back("HOME=/home/user1");
  return {.environment = std::move(environment),
          .device = "",
          .exists = [](const std::string&) { return true; },
          .read_file = [file](const std::string&) { return file; }};
}

}  // namespace fovea::compat
