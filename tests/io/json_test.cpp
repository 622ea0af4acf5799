#include "fovea/io/json.h"

#include "tests/support/errors.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace fovea::io {
namespace {

using test::error_of;

std::string refusal(const std::string& text) {
  const auto error = error_of([&] { parse_json(text, "state.json"); });
  if (!error) return {};
  EXPECT_EQ(error->code(), ErrorCode::kData);
  return error->what();
}

TEST(Json, DamageNamesThePlace) {
  EXPECT_EQ(refusal(R"({"a": 1,})"), "state.json: not valid JSON at byte 9");  // the bracket after the comma, counted from 1
  EXPECT_EQ(refusal(""), "state.json: not valid JSON at byte 1");
}

TEST(Json, NumbersBeyondFloat64AreDamage) {
  EXPECT_EQ(refusal(R"({"a": 1e999})"), "state.json: holds a number beyond the range of float64");
  EXPECT_EQ(refusal(R"({"a": 1e308})"), "");
}

TEST(Json, DepthIsLimited) {
  EXPECT_EQ(refusal(std::string(32, '[') + std::string(32, ']')), "");
  EXPECT_EQ(refusal(std::string(33, '[') + std::string(33, ']')), "state.json: nests deeper than 32 levels");
  EXPECT_EQ(refusal(std::string(1'000'000, '[')), "state.json: nests deeper than 32 levels");
}

TEST(Json, TextIsValidWhateverTheBytesAre) {
  EXPECT_EQ(json_text(Json{{"name", "caf\xe9"}}), "{\"name\":\"caf\xef\xbf\xbd\"}");  // U+FFFD in UTF-8
  EXPECT_EQ(json_text(Json{{"x", std::numeric_limits<double>::infinity()}}), R"({"x":null})");
}

TEST(Json, OrderedTextKeepsItsOrder) {
  OrderedJson json;
  json["b"] = 1;
  json["a"] = 0.1;

  EXPECT_EQ(json_text(json), R"({"b":1,"a":0.1})");
}

}  // namespace
}  // namespace fovea::io
