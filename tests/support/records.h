// TFRecords as text, to put into files.
#pragma once

#include "fovea/base/file.h"
#include "fovea/io/tfrecord.h"

#include <string>
#include <string_view>

namespace fovea::test {

/// One record with its lengths and checksums.
inline std::string framed(std::string_view payload) { return std::string(as_text(io::framed_record(as_bytes(payload)))); }

}  // namespace fovea::test
