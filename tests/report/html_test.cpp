#include "fovea/report/html.h"

#include <gtest/gtest.h>

namespace fovea::report {
namespace {

TEST(Escape, MakesMarkupHarmless) { EXPECT_EQ(escape("<a b=\"c\" d='e'>&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;"); }

TEST(Escape, KeepsTextOfAnyLanguage) { EXPECT_EQ(escape("Größe 鳥 🐦\n"), "Größe 鳥 🐦\n"); }

TEST(Escape, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(escape("a\xFF"), "a\uFFFD");
  EXPECT_EQ(escape("a\xE9t"), "a\uFFFDt");                    // Latin-1
  EXPECT_EQ(escape("\xC0\xBC"), "\uFFFD\uFFFD");              // overlong "<"
  EXPECT_EQ(escape("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");    // a surrogate
  EXPECT_EQ(escape("x\xF0\x9F\x90"), "x\uFFFD\uFFFD\uFFFD");  // cut off
}

TEST(Escape, ReplacesControlsAndMarksOfDirection) { EXPECT_EQ(escape("a\x01\u202Eb"), "a\uFFFD\uFFFDb"); }

TEST(Shorten, CutsTheEndAtWholeLetters) {
  EXPECT_EQ(shorten("automobile", 10), "automobile");
  EXPECT_EQ(shorten("automobile", 5), "auto…");
  EXPECT_EQ(shorten("鳥鳥鳥鳥", 6), "鳥鳥…");  // two columns each
}

TEST(Shorten, CutsTheBeginningOfPaths) { EXPECT_EQ(shorten_path("/data/train/cat/0001.jpg", 13), "…cat/0001.jpg"); }

TEST(PictureUri, IsBase64OfPicturesOnly) {
  EXPECT_EQ(picture_uri("\xFF\xD8\xFF\xE0"), "data:image/jpeg;base64,/9j/4A==");  // base64 of ff d8 ff e0, by coreutils
  EXPECT_EQ(picture_uri("<svg onload=alert(1)>"), "");
  EXPECT_EQ(picture_uri(""), "");
}

}  // namespace
}  // namespace fovea::report
