// Shared by the tests of translations: errors with a part of their message, and surroundings without a file system.
#pragma once

#include "fovea/base/strings.h"
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

/// Those between blanks.
inline std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> result = split(text, ' ');
  std::erase(result, "");
  return result;
}

/// "demo_resnet -d bf16" with "A=1 B=2" around it.
inline Translation translated(const std::string& line, const std::string& environment = "", const std::string& file = "") {
  const std::vector<std::string> all = words(line);
  return translate(all.front(), {all.begin() + 1, all.end()}, surroundings(words(environment), file));
}

/// Its commands as a script.
inline std::string script(const std::string& line, const std::string& environment = "") { return shell_script(translated(line, environment)); }

inline void expect_refused(const std::string& line, const std::string& text, const std::string& environment = "") {
  SCOPED_TRACE(line);
  expect_error([&] { (void)translated(line, environment); }, ErrorCode::kUsage, text);
}

}  // namespace fovea::compat
