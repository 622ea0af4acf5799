// Text made smaller as a gzip file (RFC 1952), in one go.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace fovea::io {

/// One gzip member that every gunzip reads; the same bytes for the same text.
///
/// cost  hundreds of megabytes a second; the result and a work area of a few hundred kilobytes
std::vector<std::byte> gzip(std::string_view text);

}  // namespace fovea::io
