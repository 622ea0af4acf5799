// Spans as trace events in JSON, the format of Perfetto and chrome://tracing ("Trace Event Format": complete events, "ph": "X").
#pragma once

#include "fovea/base/trace.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace fovea::train {

inline constexpr size_t kMaxTraceText = size_t{64} << 20;  ///< chosen: some 500,000 events, about what the viewers open without trouble

class TraceFile {
 public:
  /// max_bytes  of the events' text; further spans are counted only
  explicit TraceFile(size_t max_bytes = kMaxTraceText) : max_bytes_(max_bytes) {}

  void add(const Span& span);
  [[nodiscard]] int64_t left_out() const { return left_out_; }
  [[nodiscard]] int64_t written() const { return written_; }

  /// The whole file: names of the tracks, the events, and a note when spans were left out.
  [[nodiscard]] std::string json() const;

 private:
  size_t max_bytes_;
  std::string events_;
  int64_t written_ = 0, left_out_ = 0;
  std::map<int64_t, Activity> tracks_;  // thread -> what it was first seen at
};

}  // namespace fovea::train
