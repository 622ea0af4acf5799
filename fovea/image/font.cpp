#include "fovea/image/font.h"

#include <algorithm>
#include <string_view>

namespace fovea::image {
namespace {

constexpr int kPerBand = 16;      // glyphs beside each other
constexpr int kRowsPerBand = 9;   // seven of the body and two below the line
constexpr int kBodyTop = 3;       // rows above the body, for accents
constexpr int kSmallBodyTop = 5;  // of letters without an ascender
constexpr int kSpecialBand = 6;
constexpr char32_t kBox = 0x7F;  // drawn in the place of "delete"

// clang-format off
// ASCII 0x20 to 0x7F in six bands of sixteen, then the letters of kSpecials.
constexpr std::array<std::string_view, 7 * kRowsPerBand> kBands{
    "        #    # #   # #    #   ##  #  ##     #      #   #                                      # ",
    "        #    # #   # #   #### ##  # #  #    #     #     #     #     #                         # ",
    "        #    # #  ##### # #      #  # #     #    #       #  # # #   #                        #  ",
    "        #          # #   ###    #    #           #       #   ###  #####       #####         #   ",
    "        #         #####   # #  #    # # #        #       #  # # #   #                      #    ",
    "                   # #  ####  #  ## #  #         #       #    #     #    ##          ##   #     ",
    "        #          # #    #   #  ##  ## #        #       #               ##          ##   #     ",
    "                                                  #     #                 #                     ",
    "                                                   #   #                 #                      ",
    " ###    #    ###  #####    #  #####   ##  #####  ###   ###                 #         #     ###  ",
    "#   #  ##   #   #    #    ##  #      #        # #   # #   #  ##    ##     #           #   #   # ",
    "#  ## # #       #   #    # #  ####  #        #  #   # #   #  ##    ##    #    #####    #      # ",
    "# # #   #      #     #  #  #      # ####    #    ###   ####             #               #    #  ",
    "##  #   #     #       # #####     # #   #   #   #   #     #              #    #####    #    #   ",
    "#   #   #    #    #   #    #  #   # #   #  #    #   #    #   ##    ##     #           #         ",
    " ###  ##### #####  ###     #   ###   ###   #     ###   ##    ##    ##      #         #      #   ",
    "                                                                    #                           ",
    "                                                                   #                            ",
    " ###   ###  ####   ###  ###   ##### #####  ###  #   #  ###    ### #   # #     #   # #   #  ###  ",
    "#   # #   # #   # #   # #  #  #     #     #   # #   #   #      #  #  #  #     ## ## ##  # #   # ",
    "# ### #   # #   # #     #   # #     #     #     #   #   #      #  # #   #     # # # ##  # #   # ",
    "# # # ##### ####  #     #   # ####  ####  # ### #####   #      #  ##    #     # # # # # # #   # ",
    "# ### #   # #   # #     #   # #     #     #   # #   #   #      #  # #   #     #   # #  ## #   # ",
    "#     #   # #   # #   # #  #  #     #     #   # #   #   #   #  #  #  #  #     #   # #  ## #   # ",
    " #### #   # ####   ###  ###   ##### #      #### #   #  ###   ##   #   # ##### #   # #   #  ###  ",
    "                                                                                                ",
    "                                                                                                ",
    "####   ###  ####   #### ##### #   # #   # #   # #   # #   # #####  ###  #      ###    #         ",
    "#   # #   # #   # #       #   #   # #   # #   # #   # #   #     #  #    #        #   # #        ",
    "#   # #   # #   # #       #   #   # #   # #   #  # #   # #     #   #     #       #  #   #       ",
    "####  #   # ####   ###    #   #   #  # #  # # #   #     #     #    #      #      #              ",
    "#     # # # # #       #   #   #   #  # #  # # #  # #    #    #     #       #     #              ",
    "#     #  #  #  #      #   #   #   #   #   ## ## #   #   #   #      #        #    #              ",
    "#      ## # #   # ####    #    ###    #   #   # #   #   #   #####  #        #    #              ",
    "                                                                   #             #        ##### ",
    "                                                                   ###         ###              ",
    " #          #               #         ##        #       #      #  #      ##                     ",
    "  #         #               #        #          #                 #       #                     ",
    "   #   ###  ####   ####  ####  ###  ####   #### ####   ##     ##  #  #    #   ## #  ####   ###  ",
    "          # #   # #     #   # #   #  #    #   # #   #   #      #  # #     #   # # # #   # #   # ",
    "       #### #   # #     #   # #####  #    #   # #   #   #      #  ##      #   # # # #   # #   # ",
    "      #   # #   # #     #   # #      #    #   # #   #   #      #  # #     #   # # # #   # #   # ",
    "       #### ####   ####  ####  ####  #     #### #   #  ###     #  #  #     #  # # # #   #  ###  ",
    "                                              #                #                                ",
    "                                           ###               ##                                 ",
    "                         #                                           #    #    #          ##### ",
    "                         #                                          #     #     #         #   # ",
    "####   #### # ##   #### ####  #   # #   # #   # #   # #   # #####   #     #     #    #    #   # ",
    "#   # #   # ##    #      #    #   # #   # # # #  # #  #   #    #    #     #     #   # # # #   # ",
    "#   # #   # #      ###   #    #   #  # #  # # #   #   #   #   #    #      #      #     #  #   # ",
    "#   # #   # #         #  #    #   #  # #  # # #  # #  #   #  #      #     #     #         #   # ",
    "####   #### #     ####    ##   ####   #    # #  #   #  #### #####   #     #     #         ##### ",
    "#         #                                               #         #     #     #               ",
    "#         #                                            ###           #    #    #                ",
    " ####        ##    # #   ####       #     #      ##                                             ",
    "# #          # #    #   #  ##       ####  #     #  #          #                                 ",
    "# #   ## #   #  #  # #  #  ##  #### #   # ####  #  #   # #                                      ",
    "#####   # # ### #  #### # # # #  ## #   # #   # # ##    #   #####                               ",
    "# #    ####  #  # #   # ##  # # # # ####  #   # #   #  # #                                      ",
    "# #   # #    # #  #   # ##  # ##  # #     #   # #   #         #                                 ",
    "# ###  # ##  ##    ###  ####  ####  #     ####  # ##                                            ",
    "                                          #                                                     ",
    "                                          #                                                     ",
};
// clang-format on

/// The last band: AE ae Eth eth O-slash o-slash Thorn thorn sharp-s multiply divide.
constexpr std::array<char32_t, 11> kSpecials{0xC6, 0xE6, 0xD0, 0xF0, 0xD8, 0xF8, 0xDE, 0xFE, 0xDF, 0xD7, 0xF7};

/// What 0xC0 to 0xDF are made of; 0xE0 to 0xFF are the same with small letters. A blank: drawn in the last band.
constexpr std::string_view kBases = "AAAAAA CEEEEIIII NOOOOO  UUUUY  ";
constexpr std::string_view kMarks = "`'^~:o ,`'^:`'^: ~`'^~:  `'^:'  ";
static_assert(kBases.size() == 32 && kMarks.size() == 32);

struct Mark {
  char name;
  std::array<std::string_view, 2> rows;
};
constexpr std::array<Mark, 7> kMarkRows{{{'`', {" #   ", "  #  "}},
                                         {'\'', {"   # ", "  #  "}},
                                         {'^', {"  #  ", " # # "}},
                                         {'~', {" ## #", "#  # "}},
                                         {':', {"     ", " # # "}},
                                         {'o', {" ##  ", " ##  "}},
                                         {',', {"  #  ", " ##  "}}}};

uint8_t bits_of(std::string_view row) {
  uint8_t bits = 0;
  for (size_t x = 0; x < row.size(); ++x) bits = static_cast<uint8_t>(bits | (row[x] == '#') << (kGlyphWidth - 1 - static_cast<int>(x)));
  return bits;
}

Glyph drawn(int band, int place) {
  Glyph glyph{};
  for (int y = 0; y < kRowsPerBand; ++y) {
    const std::string_view row = kBands[static_cast<size_t>(band * kRowsPerBand + y)];
    glyph[static_cast<size_t>(kBodyTop + y)] = bits_of(row.substr(static_cast<size_t>(place) * kGlyphWidth, kGlyphWidth));
  }
  return glyph;
}

Glyph ascii(char32_t letter) {
  const int place = static_cast<int>(letter) - 0x20;
  return drawn(place / kPerBand, place % kPerBand);
}

void add_mark(Glyph& glyph, char name, bool is_small) {
  const Mark& mark = *std::find_if(kMarkRows.begin(), kMarkRows.end(), [&](const Mark& each) { return each.name == name; });
  const int body_top = is_small ? kSmallBodyTop : kBodyTop;
  int top = body_top - 3;  // two rows and a gap
  if (name == ',') {
    top = kGlyphHeight - 2;
  } else {
    std::fill_n(glyph.begin(), body_top, uint8_t{0});  // the dot of the i makes way
  }
  for (size_t y = 0; y < mark.rows.size(); ++y) glyph[static_cast<size_t>(top) + y] = bits_of(mark.rows[y]);
}

}  // namespace

Glyph glyph_of(char32_t letter) {
  if (letter >= 0x20 && letter < kBox) return ascii(letter);
  if (const auto* special = std::find(kSpecials.begin(), kSpecials.end(), letter); special != kSpecials.end()) {
    return drawn(kSpecialBand, static_cast<int>(special - kSpecials.begin()));
  }
  if (letter < 0xC0 || letter > 0xFF) return ascii(kBox);
  const bool is_small = letter >= 0xE0;
  const size_t place = letter % 0x20;
  if (letter == 0xFF) {  // y with diaeresis stands in the place of sharp s
    Glyph glyph = ascii('y');
    add_mark(glyph, ':', true);
    return glyph;
  }
  Glyph glyph = ascii(static_cast<char32_t>(kBases[place]) + (is_small ? 0x20 : 0));
  add_mark(glyph, kMarks[place], is_small);
  return glyph;
}

}  // namespace fovea::image
