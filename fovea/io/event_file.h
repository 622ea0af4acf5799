// TensorBoard event files (spec 1.6), one per session of a run.
#pragma once

#include "fovea/base/file.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace fovea::io {

/// Appends scalars, texts and pictures. The first record is the file version; start_session(step) tells TensorBoard that everything from
/// `step` on in earlier files of the folder is to be dropped, so that curves do not zig-zag after a resume.
class EventFile {
 public:
  /// Makes `folder`/events.out.tfevents.<unix time>.<host>.<pid>.<n>. throws kCannotCreate, kIo
  explicit EventFile(const fs::path& folder);

  void start_session(int64_t step);
  void scalar(std::string_view tag, double value, int64_t step);
  void text(std::string_view tag, std::string_view markdown, int64_t step);
  /// png: an encoded picture
  void image(std::string_view tag, std::string_view png, int width, int height, int64_t step);

 private:
  void append(const std::string& event);
  OutputFile file_;
};

}  // namespace fovea::io
