// What classifier and detector share: pictures as evaluation prepares them, and errors of one kind only.
#pragma once

#include "fovea/apply/trained_model.h"
#include "fovea/tensor/failure.h"

#include <exception>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fovea::apply {

/// Pictures that go through the network together.
struct PictureBatch {
  Tensor images;                      ///< [N, S, S, 3], bytes or floats as the recipe says; those that could not be read are black
  std::vector<image::Size> sizes;     ///< [N] of the originals, upright
  std::vector<std::string> problems;  ///< [N] empty where all is well
};

/// throws  kData (neither JPEG nor PNG, or damaged)
PictureBatch prepare_picture(const TrainedModel& trained, std::span<const std::byte> encoded);
/// A file that cannot be read, or is no picture, has a problem.
PictureBatch prepare_files(const TrainedModel& trained, std::span<const fs::path> files);

/// The network's answer to such pictures.
data::Outputs outputs_for(const TrainedModel& trained, const Tensor& images);

/// Pictures of one pass: enough to keep all threads busy, little memory (chosen).
inline constexpr size_t kPictureBatch = 32;

/// What libraries throw becomes a fovea::Error.
template <class Action>
auto with_errors_of_ours(const Action& action) {
  try {
    return action();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& exception) {
    throw as_error(exception);
  }
}

/// One picture in a file. What is wrong with its bytes is said without their place, so it is named here.
template <class Action>
auto with_file(const fs::path& file, const Action& action) {
  const std::vector<std::byte> bytes = with_errors_of_ours([&] { return read_bytes(file); });
  try {
    return action(std::span<const std::byte>(bytes));
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{}: {}", file.string(), error.what()), error.advice());
  }
}

/// throws  kUsage for a network of the other task
void expect_task(const TrainedModel& trained, data::Task task);

}  // namespace fovea::apply
