// Drawing for people: text in a small bitmap font of our own, frames, and sheets of pictures with captions.
#pragma once

#include "fovea/image/image.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::image {

using Colour = std::array<uint8_t, 3>;

void fill(Image& picture, Rect area, Colour colour);  ///< clipped to the picture
void frame(Image& picture, Rect area, Colour colour, int thickness);
void paste(Image& picture, const Image& part, int x, int y);  ///< clipped

/// One of twelve colours that can be told apart, by turns.
Colour class_colour(int64_t index);

/// A rectangle between any two corners, in pixels of a picture; it may reach far beyond it.
struct Extent {
  double x = 0, y = 0, width = 0, height = 0;
};
/// The same in whole pixels, for the two below. Sides that lie outside of the picture are moved to where their lines just cannot be seen.
Rect whole_pixels(const Image& picture, const Extent& extent);

/// A frame with a label, if any, at its top left corner, inside where there is no room above. Lines and letters grow with the picture.
void labelled_frame(Image& picture, Rect area, std::string_view label, Colour colour);

/// The same with a broken line, light dashes on a dark one: seen on any ground, and told from a whole frame.
void labelled_dashes(Image& picture, Rect area, std::string_view label, Colour colour);

/// One line of text with its top left corner at (x, y); glyphs are 6 x 12 pixels times `scale`. Printable ASCII and Latin-1 letters;
/// anything else is drawn as a box.
void text(Image& picture, int x, int y, std::string_view utf8, Colour colour, int scale = 1);
int text_width(std::string_view utf8, int scale = 1);

/// One cell of a sheet. `good` tints the caption: green, red, or neutral.
struct SheetCell {
  Image picture;
  std::vector<std::string> caption;  ///< lines under the picture, cut to its width
  enum class Mood { kNeutral, kGood, kBad } mood = Mood::kNeutral;
};

/// Cells in rows under a title line, pictures scaled to fit cell_px x cell_px keeping their shape (small ones enlarged by whole factors
/// without smoothing).
struct SheetLayout {
  std::string title;
  int columns = 6;
  int cell_px = 160;
};
Image contact_sheet(const std::vector<SheetCell>& cells, const SheetLayout& layout);

}  // namespace fovea::image
