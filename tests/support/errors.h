// What a call throws, as a value to compare.
#pragma once

#include "fovea/base/error.h"

#include <optional>

namespace fovea::test {

/// The Error that `call` throws, or nothing. Another exception passes through and fails the test.
template <class Call>
std::optional<Error> error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

/// Its code, or nothing.
template <class Call>
std::optional<ErrorCode> code_of(Call call) {
  const auto error = error_of(call);
  return error ? std::optional(error->code()) : std::nullopt;
}

/// Its message, or "no error".
template <class Call>
std::string message_of(Call call) {
  const auto error = error_of(call);
  return error ? error->what() : "no error";
}

}  // namespace fovea::test
