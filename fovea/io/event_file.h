// TensorBoard event files (spec 1.6), one per session of a run.
#pragma once

#include "fovea/base/file.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace fovea::io {

/// Appends scalars, texts and pictures. The first record is the file version; start_session(step) tells TensorBoard that everything from
/// `step` on in earlier files of the folder is to be dropped, so that curves do not zig-zag after a resume. Every call is one write, so a
/// crash of the program loses nothing that was written before. One thread at a time. Every call throws kIo when the disk refuses.
class EventFile {
 public:
  /// Makes `folder` and in it events.out.tfevents.<unix time>.<host>.<pid>. TensorBoard reads the files of a folder in the order of their
  /// names, so a time that an earlier file already has, or that the clock has gone back behind, is replaced by the next second after it.
  /// throws kCannotCreate, kIo
  explicit EventFile(const fs::path& folder);

  void start_session(int64_t step);
  void scalar(std::string_view tag, double value, int64_t step);
  void text(std::string_view tag, std::string_view markdown, int64_t step);
  /// png: an encoded picture with three channels, [height, width]
  void image(std::string_view tag, std::string_view png, int width, int height, int64_t step);

 private:
  void append(const std::string& event);
  OutputFile file_;
};

}  // namespace fovea::io
