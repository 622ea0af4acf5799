// The letters of draw.h: a bitmap font of 6 x 12 pixels, drawn for this project.
#pragma once

#include <array>
#include <cstdint>

namespace fovea::image {

inline constexpr int kGlyphWidth = 6, kGlyphHeight = 12;

/// Rows from the top; bit 5 is the leftmost pixel. Three rows for accents, seven for capitals, two below the line.
using Glyph = std::array<uint8_t, kGlyphHeight>;

/// Printable ASCII and the Latin-1 letters; a box for anything else.
Glyph glyph_of(char32_t letter);

}  // namespace fovea::image
