#include "fovea/image/draw.h"

#include "fovea/image/font.h"
#include "tests/image/pictures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace fovea::image {
namespace {

constexpr Colour kRed{255, 0, 0};

/// '#' where the red channel is set.
std::string shape_of(const Image& picture) {
  std::string shape;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) shape += picture.row(y)[3 * x] == 255 ? '#' : '.';
    shape += '/';
  }
  return shape;
}

bool has_colour(const Image& picture, Rect area, Colour colour) {
  for (int y = area.y; y < area.y + area.height; ++y) {
    for (int x = area.x; x < area.x + area.width; ++x) {
      if (std::equal(colour.begin(), colour.end(), picture.row(y) + 3 * x)) return true;
    }
  }
  return false;
}

TEST(Draw, FillsWhatLiesInsideThePicture) {
  Image picture(4, 3);

  fill(picture, {2, -5, 100, 7}, kRed);

  EXPECT_EQ(shape_of(picture), "..##/..##/..../");
}

TEST(Draw, FramesAnArea) {
  Image picture(6, 5);

  frame(picture, {1, 0, 5, 4}, kRed, 1);

  EXPECT_EQ(shape_of(picture), ".#####/.#...#/.#...#/.#####/....../");
}

TEST(Draw, BreaksTheLineOfDashes) {
  Image picture(12, 3);

  labelled_dashes(picture, {0, 0, 12, 3}, "", kRed);

  // Lines of one pixel: dashes and gaps of four.
  EXPECT_EQ(shape_of(picture), "####....####/#..........#/####....####/");
}

TEST(Draw, PutsALabelOnDashes) {
  Image picture(60, 60);

  labelled_dashes(picture, {20, 30, 20, 20}, "a", kRed);

  EXPECT_TRUE(has_colour(picture, {20, 16, 8, 14}, kRed));  // above the frame
}

TEST(WholePixels, AreTheNearestInsideThePicture) {
  EXPECT_EQ(whole_pixels(Image(60, 40), {.x = 1.4, .y = 2.6, .width = 10.2, .height = 5}), (Rect{.x = 1, .y = 3, .width = 11, .height = 5}));
}

TEST(WholePixels, EndJustOutsideOfThePictureHoweverLargeABoxIs) {
  const Image picture(60, 40);  // with lines of one pixel
  const Rect all{.x = -1, .y = -1, .width = 62, .height = 42};

  EXPECT_EQ(whole_pixels(picture, {.x = -1e10, .y = -1e300, .width = 2e10, .height = 2e300}), all);
  EXPECT_EQ(whole_pixels(picture, {.x = 1e10, .y = 3, .width = 1e38, .height = 4}), (Rect{.x = 61, .y = 3, .width = 0, .height = 4}));
  EXPECT_EQ(whole_pixels(picture, {.x = -INFINITY, .y = -INFINITY, .width = INFINITY, .height = INFINITY}), all);  // a sum that is no number
}

TEST(Draw, PastesWhatFits) {
  Image picture(4, 3), part(3, 3);
  fill(part, {0, 0, 3, 3}, kRed);

  paste(picture, part, -1, 1);
  paste(picture, part, 50, 50);

  EXPECT_EQ(shape_of(picture), "..../##../##../");
}

TEST(Draw, TextIsDrawnWithItsCornerAtThePoint) {
  Image picture(8, 13);

  text(picture, 1, 1, "L", kRed);

  // 3 rows for accents, 7 of the letter, 2 below the line; moved by (1, 1)
  EXPECT_EQ(shape_of(picture), "......../......../......../......../.#....../.#....../.#....../.#....../.#....../.#....../.#####../......../......../");
}

TEST(Draw, TextCanBeLarger) {
  Image small(6, 12), large(12, 24);
  text(small, 0, 0, "R", kRed, 1);
  text(large, 0, 0, "R", kRed, 2);

  for (int y = 0; y < 24; ++y) {
    for (int x = 0; x < 12; ++x) ASSERT_EQ(large.row(y)[3 * x], small.row(y / 2)[3 * (x / 2)]);
  }
}

TEST(Draw, TextOutsideThePictureIsClipped) {
  Image picture(5, 5);

  text(picture, -3, -16, "HHH", kRed, 3);
  text(picture, 400, 400, "W", kRed);

  EXPECT_NE(shape_of(picture), shape_of(Image(5, 5)));
}

TEST(Draw, WidthCountsLettersNotBytes) {
  EXPECT_EQ(text_width("abc"), 18);
  EXPECT_EQ(text_width("\xC3\xA9t\xC3\xA9", 2), 36);          // e acute, t, e acute
  EXPECT_EQ(text_width("\xE2\x82\xAC\xF0\x9F\x98\x80"), 12);  // euro sign and a face: one box each
  EXPECT_EQ(text_width("\xC3"), 6);                           // cut off
  EXPECT_EQ(text_width("\xFF\x80"), 12);                      // never valid
}

TEST(Font, EveryLetterHasItsOwnShape) {
  std::set<Glyph> shapes;
  int letters = 0;
  const auto add = [&](char32_t first, char32_t last) {
    for (char32_t letter = first; letter <= last; ++letter, ++letters) shapes.insert(glyph_of(letter));
  };
  add(0x20, 0x7E);
  add(0xC0, 0xFF);

  EXPECT_EQ(letters, 159);
  EXPECT_EQ(shapes.size(), 159U);
  EXPECT_EQ(shapes.count(glyph_of(0x20AC)), 0U);  // the box is no letter
  EXPECT_EQ(glyph_of(0x20AC), glyph_of(0xFFFD));
}

TEST(Font, LeavesTheLastColumnFree) {
  for (char32_t letter = 0x20; letter <= 0xFF; ++letter) {
    for (const uint8_t row : glyph_of(letter)) ASSERT_EQ(row & 1, 0) << static_cast<int>(letter);
  }
}

TEST(ContactSheet, HasRoomForTitleCellsAndCaptions) {
  SheetCell cell{.picture = noise(10, 10, 1), .caption = {"one", "two"}};

  const Image sheet = contact_sheet({cell, cell, cell}, {.title = "title", .columns = 2, .cell_px = 50});

  EXPECT_EQ(sheet.width, 16 + 50 + 12 + 50 + 16);                             // margin, cells and gap, margin
  EXPECT_EQ(sheet.height, 16 + (24 + 12) + 2 * (50 + 5 + 2 * 13) + 12 + 16);  // margin, title and gap, rows with two lines, gap, margin
}

TEST(ContactSheet, EnlargesSmallPicturesByWholeFactors) {
  Image dot(2, 1);
  fill(dot, {0, 0, 1, 1}, kRed);

  const Image sheet = contact_sheet({{.picture = dot}}, {.columns = 1, .cell_px = 9});

  // Factor 4: 8 x 4 pixels in the middle of the 9 x 9 cell at (16, 16); its left half is red.
  for (int y = 18; y < 22; ++y) {
    for (int x = 16; x < 24; ++x) EXPECT_EQ(sheet.row(y)[3 * x], x < 20 ? 255 : 0) << x << " " << y;
  }
}

TEST(ContactSheet, TintsByMood) {
  const Image picture = Image(8, 8);
  const Colour green{24, 120, 52}, red{184, 32, 36};  // draw.cpp
  const auto sheet_of = [&](SheetCell::Mood mood) {
    return contact_sheet({{.picture = picture, .caption = {"word"}, .mood = mood}}, {.columns = 1, .cell_px = 40});
  };
  const Rect caption{16, 16 + 40, 40, 17};

  EXPECT_TRUE(has_colour(sheet_of(SheetCell::Mood::kGood), caption, green));
  EXPECT_TRUE(has_colour(sheet_of(SheetCell::Mood::kBad), caption, red));
  EXPECT_FALSE(has_colour(sheet_of(SheetCell::Mood::kNeutral), caption, green));
}

TEST(ContactSheet, CutsCaptionsToTheCell) {
  const Image sheet = contact_sheet({{.picture = Image(8, 8), .caption = {std::string(100, 'W')}}}, {.columns = 1, .cell_px = 60});

  const Colour ink{40, 40, 44};  // draw.cpp
  EXPECT_TRUE(has_colour(sheet, {16, 76, 60, 18}, ink));
  EXPECT_FALSE(has_colour(sheet, {76, 76, 16, 18}, ink));
}

TEST(ContactSheet, OfNothingIsAnEmptySheet) {
  const Image sheet = contact_sheet({}, {.cell_px = 20});

  EXPECT_EQ(sheet.size(), (Size{52, 32}));
}

}  // namespace
}  // namespace fovea::image
