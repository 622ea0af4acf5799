#include "fovea/image/draw.h"

#include "fovea/image/font.h"
#include "fovea/image/resample.h"

#include <algorithm>
#include <cmath>

namespace fovea::image {
namespace {

// Looks of a contact sheet (chosen by eye).
constexpr Colour kPaper{250, 250, 248}, kMat{232, 232, 228}, kLine{196, 196, 190};
constexpr Colour kInk{40, 40, 44}, kGoodInk{24, 120, 52}, kBadInk{184, 32, 36};
constexpr int kMargin = 16;     // around the sheet
constexpr int kGap = 12;        // between cells
constexpr int kLineStep = 13;   // of caption lines: a glyph and a pixel
constexpr int kCaptionGap = 5;  // between picture and caption
constexpr int kTitleScale = 2;

constexpr char32_t kReplacement = 0xFFFD;

/// The letter at `at`, moving `at` behind it. Damaged UTF-8 gives the replacement letter, byte by byte.
char32_t next_letter(std::string_view utf8, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(utf8[i]); };
  const unsigned char lead = byte(at++);
  if (lead < 0x80) return lead;
  const int following = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : 0;
  char32_t letter = lead & (0x3F >> following);
  if (following == 0 || utf8.size() - at < static_cast<size_t>(following)) return kReplacement;
  for (int i = 0; i < following; ++i) {
    if ((byte(at + static_cast<size_t>(i)) & 0xC0) != 0x80) return kReplacement;
    letter = letter << 6 | (byte(at + static_cast<size_t>(i)) & 0x3F);
  }
  at += static_cast<size_t>(following);
  return letter;
}

/// As much of the text as fits, ending in ".." when it was cut.
std::string cut_to(std::string_view utf8, int width, int scale) {
  if (text_width(utf8, scale) <= width) return std::string(utf8);
  const int letters = std::max(0, width / (kGlyphWidth * scale) - 2);
  size_t at = 0;
  for (int i = 0; i < letters; ++i) next_letter(utf8, at);
  return std::string(utf8.substr(0, at)) + "..";
}

Image enlarged(const Image& picture, int factor) {
  Image large(picture.width * factor, picture.height * factor);
  for (int y = 0; y < large.height; ++y) {
    for (int x = 0; x < large.width; ++x) std::copy_n(picture.row(y / factor) + x / factor * 3, 3, large.row(y) + x * 3);
  }
  return large;
}

Image fitted(const Image& picture, int box) {
  const int longest = std::max(picture.width, picture.height);
  if (longest <= box) return enlarged(picture, box / longest);
  const auto scaled = [&](int side) { return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * box / longest))); };
  return resized(picture, scaled(picture.width), scaled(picture.height), Filter::kBilinear);
}

const Colour& ink_of(SheetCell::Mood mood) {
  switch (mood) {
    case SheetCell::Mood::kGood: return kGoodInk;
    case SheetCell::Mood::kBad: return kBadInk;
    case SheetCell::Mood::kNeutral: break;
  }
  return kInk;
}

constexpr int kLineShare = 250, kLetterShare = 45;  // of a picture's longer side; chosen by eye: read at any size

int line_px(const Image& picture) { return std::max(1, (std::max(picture.width, picture.height) + kLineShare / 2) / kLineShare); }

void draw_label(Image& picture, Rect area, std::string_view label, Colour colour) {
  constexpr Colour kWhite{255, 255, 255};
  if (label.empty()) return;
  const int thickness = line_px(picture), scale = std::max(1, std::max(picture.width, picture.height) / kLetterShare / kGlyphHeight);
  const int height = kGlyphHeight * scale + 2 * thickness, width = text_width(label, scale) + 2 * thickness;
  const int y = area.y >= height ? area.y - height : std::max(0, area.y);
  const int x = std::clamp(area.x, 0, std::max(0, picture.width - width));
  fill(picture, {.x = x, .y = y, .width = width, .height = height}, colour);
  text(picture, x + thickness, y + thickness, label, kWhite, scale);
}

void draw_cell(Image& sheet, const SheetCell& cell, int x, int y, int box) {
  fill(sheet, {x, y, box, box}, kMat);
  if (cell.picture.width > 0 && cell.picture.height > 0) {
    const Image picture = fitted(cell.picture, box);
    paste(sheet, picture, x + (box - picture.width) / 2, y + (box - picture.height) / 2);
  }
  const bool is_neutral = cell.mood == SheetCell::Mood::kNeutral;
  const int thickness = is_neutral ? 1 : 2;
  frame(sheet, {x - thickness, y - thickness, box + 2 * thickness, box + 2 * thickness}, is_neutral ? kLine : ink_of(cell.mood), thickness);
  int line_y = y + box + kCaptionGap;
  for (const std::string& line : cell.caption) {
    text(sheet, x, line_y, cut_to(line, box, 1), ink_of(cell.mood));
    line_y += kLineStep;
  }
}

}  // namespace

void fill(Image& picture, Rect area, Colour colour) {
  const int left = std::max(0, area.x), right = std::min(picture.width, area.x + area.width);
  const int top = std::max(0, area.y), bottom = std::min(picture.height, area.y + area.height);
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) std::copy(colour.begin(), colour.end(), picture.row(y) + x * 3);
  }
}

void frame(Image& picture, Rect area, Colour colour, int thickness) {
  fill(picture, {area.x, area.y, area.width, thickness}, colour);
  fill(picture, {area.x, area.y + area.height - thickness, area.width, thickness}, colour);
  fill(picture, {area.x, area.y, thickness, area.height}, colour);
  fill(picture, {area.x + area.width - thickness, area.y, thickness, area.height}, colour);
}

void paste(Image& picture, const Image& part, int x, int y) {
  const int left = std::max(0, x), right = std::min(picture.width, x + part.width);
  if (left >= right) return;
  for (int row = std::max(0, y); row < std::min(picture.height, y + part.height); ++row) {
    std::copy_n(part.row(row - y) + (left - x) * 3, (right - left) * 3, picture.row(row) + left * 3);
  }
}

void text(Image& picture, int x, int y, std::string_view utf8, Colour colour, int scale) {
  for (size_t at = 0; at < utf8.size(); x += kGlyphWidth * scale) {
    const Glyph glyph = glyph_of(next_letter(utf8, at));
    for (int row = 0; row < kGlyphHeight; ++row) {
      for (int column = 0; column < kGlyphWidth; ++column) {
        const bool is_set = (glyph[static_cast<size_t>(row)] >> (kGlyphWidth - 1 - column) & 1) != 0;
        if (is_set) fill(picture, {x + column * scale, y + row * scale, scale, scale}, colour);
      }
    }
  }
}

int text_width(std::string_view utf8, int scale) {
  int letters = 0;
  for (size_t at = 0; at < utf8.size(); ++letters) next_letter(utf8, at);
  return letters * kGlyphWidth * scale;
}

Colour class_colour(int64_t index) {
  static constexpr std::array<Colour, 12> kColours{{{230, 57, 70},
                                                    {29, 132, 226},
                                                    {46, 160, 67},
                                                    {244, 140, 6},
                                                    {142, 68, 173},
                                                    {0, 168, 168},
                                                    {214, 51, 132},
                                                    {139, 107, 20},
                                                    {67, 97, 238},
                                                    {120, 160, 0},
                                                    {176, 58, 20},
                                                    {90, 98, 110}}};
  return kColours[static_cast<size_t>(index % std::ssize(kColours) + std::ssize(kColours)) % kColours.size()];
}

Rect whole_pixels(const Image& picture, const Extent& extent) {
  const int line = line_px(picture);
  // std::min gives the side for what is no number.
  const auto edge = [line](double value, int side) { return static_cast<int>(std::lround(std::max<double>(-line, std::min<double>(side + line, value)))); };
  const int x0 = edge(extent.x, picture.width), y0 = edge(extent.y, picture.height);
  return {.x = x0, .y = y0, .width = edge(extent.x + extent.width, picture.width) - x0, .height = edge(extent.y + extent.height, picture.height) - y0};
}

void labelled_frame(Image& picture, Rect area, std::string_view label, Colour colour) {
  frame(picture, area, colour, line_px(picture));
  draw_label(picture, area, label, colour);
}

void labelled_dashes(Image& picture, Rect area, std::string_view label, Colour colour) {
  constexpr int kDashLines = 4;  // dash and gap, in widths of the line; chosen by eye
  constexpr Colour kBlack{0, 0, 0};
  const int thickness = line_px(picture), dash = kDashLines * thickness;
  frame(picture, area, kBlack, thickness);
  for (int x = 0; x < area.width; x += 2 * dash) {
    const int length = std::min(dash, area.width - x);
    fill(picture, {area.x + x, area.y, length, thickness}, colour);
    fill(picture, {area.x + x, area.y + area.height - thickness, length, thickness}, colour);
  }
  for (int y = 0; y < area.height; y += 2 * dash) {
    const int length = std::min(dash, area.height - y);
    fill(picture, {area.x, area.y + y, thickness, length}, colour);
    fill(picture, {area.x + area.width - thickness, area.y + y, thickness, length}, colour);
  }
  draw_label(picture, area, label, colour);
}

Image contact_sheet(const std::vector<SheetCell>& cells, const SheetLayout& layout) {
  const int columns = std::clamp(layout.columns, 1, std::max(1, static_cast<int>(cells.size())));
  const int box = std::max(1, layout.cell_px);
  const int title_height = layout.title.empty() ? 0 : kGlyphHeight * kTitleScale + kGap;

  // Rows are as high as their longest caption.
  std::vector<int> tops;
  int bottom = kMargin + title_height;
  for (size_t first = 0; first < cells.size(); first += static_cast<size_t>(columns)) {
    size_t lines = 0;
    for (size_t i = first; i < std::min(cells.size(), first + static_cast<size_t>(columns)); ++i) lines = std::max(lines, cells[i].caption.size());
    tops.push_back(bottom);
    bottom += box + (lines == 0 ? 0 : kCaptionGap + static_cast<int>(lines) * kLineStep) + kGap;
  }
  const int width = 2 * kMargin + columns * box + (columns - 1) * kGap;
  Image sheet(width, bottom - (cells.empty() ? 0 : kGap) + kMargin);
  fill(sheet, {0, 0, sheet.width, sheet.height}, kPaper);
  text(sheet, kMargin, kMargin - kGlyphHeight / 2, cut_to(layout.title, width - 2 * kMargin, kTitleScale), kInk, kTitleScale);
  for (size_t i = 0; i < cells.size(); ++i) {
    const size_t row = i / static_cast<size_t>(columns), column = i % static_cast<size_t>(columns);
    draw_cell(sheet, cells[i], kMargin + static_cast<int>(column) * (box + kGap), tops[row], box);
  }
  return sheet;
}

}  // namespace fovea::image
