// EXIF orientation: where it is written, and how a stored picture is turned upright.
#pragma once

#include "fovea/image/image.h"

#include <cstddef>
#include <span>

namespace fovea::image {

/// Orientation 1..8 of a TIFF block (EXIF 2.32, section 4.6.4, tag 0x0112 of the first directory); 1 when it is absent or damaged: EXIF is a
/// remark about the picture, and its faults do not make the picture unreadable. Never looks outside `tiff`.
int exif_orientation(std::span<const std::byte> tiff);

/// The same for a whole JPEG: walks the segments in front of the first scan to the APP1 segment "Exif".
int jpeg_orientation(std::span<const std::byte> jpeg);

Size upright_size(Size stored, int orientation);

/// The part of the stored picture that shows `upright`.
Rect stored_rect(Rect upright, Size stored, int orientation);

/// Turns stored pixels upright; nothing to do for orientation 1.
void turn_upright(Image& picture, int orientation);

}  // namespace fovea::image
