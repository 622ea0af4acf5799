// Training pictures that stay decoded in memory after they were first read (spec 3.7).
#pragma once

#include "fovea/base/log.h"
#include "fovea/data/dataset.h"

#include <cstdint>
#include <memory>

namespace fovea::data {

/// Bytes that all pictures of the set take as pixels, by the headers of up to 256 of them, evenly spread; damaged and missing ones count as the
/// others on average. 0 for a set whose pictures are not encoded.
int64_t decoded_bytes(const Dataset& dataset, const DataOptions& options);

/// The same samples with `picture` instead of `encoded`, from the second time on without reading: every crop of the pixels is what decoding the crop
/// gives, so batches do not change. A picture that cannot be decoded as a whole stays encoded, because the crop of it may be undamaged.
/// Keeps pictures up to budget_bytes and warns once when that is not enough for all.
/// log   must outlive the data set
std::unique_ptr<Dataset> keep_decoded(std::unique_ptr<Dataset> dataset, const DataOptions& options, int64_t budget_bytes, Log& log);

}  // namespace fovea::data
