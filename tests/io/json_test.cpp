#include "fovea/io/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace fovea::io {
namespace {

std::string message_for(const std::string& text) {
  try {
    parse_json(text, "state.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kData);
    return error.what();
  }
  return {};
}

TEST(Json, DamageNamesThePlace) {
  EXPECT_EQ(message_for(R"({"a": 1,})"), "state.json: not valid JSON at byte 9");  // the bracket after the comma, counted from 1
  EXPECT_EQ(message_for(""), "state.json: not valid JSON at byte 1");
}

TEST(Json, DepthIsLimited) {
  EXPECT_EQ(message_for(std::string(32, '[') + std::string(32, ']')), "");
  EXPECT_EQ(message_for(std::string(33, '[') + std::string(33, ']')), "state.json: nests deeper than 32 levels");
  EXPECT_EQ(message_for(std::string(1'000'000, '[')), "state.json: nests deeper than 32 levels");
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
