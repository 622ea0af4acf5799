// What decode.cpp asks of the two picture formats; not for use outside this folder.
#pragma once

#include "fovea/image/decode.h"

#include <optional>
#include <span>

namespace fovea::image {

Info read_jpeg_info(std::span<const std::byte> bytes, const DecodeOptions& options);
Info read_png_info(std::span<const std::byte> bytes, const DecodeOptions& options);

/// Decodes `upright_crop` (all of it when absent), as stored, not turned yet, into `target`, reusing its memory; returns the header facts.
Info decode_jpeg(std::span<const std::byte> bytes, const std::optional<Rect>& upright_crop, const DecodeOptions& options, Image& target);
Info decode_png(std::span<const std::byte> bytes, const std::optional<Rect>& upright_crop, const DecodeOptions& options, Image& target);

/// throws kData when `size`, as stored, has more pixels than allowed
void check_pixel_limit(Format format, Size size, const DecodeOptions& options);

/// The stored part that shows `upright_crop`, or the whole stored picture. throws kInternal when the crop is empty or outside
Rect wanted_part(const Info& info, const std::optional<Rect>& upright_crop);

/// Makes `target` width x height, keeping its memory.
void reshape(Image& target, int width, int height);

}  // namespace fovea::image
