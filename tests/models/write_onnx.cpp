// Writes what check_onnx.py compares: a network with the formula's weights as ONNX, five pictures, and the logits that Fovea's reference gives them.
// usage: write_onnx FOLDER NETWORK imagenet|keras|small same|symmetric SIDE
#include "fovea/base/file.h"
#include "fovea/base/strings.h"
#include "fovea/model/onnx.h"

#include "tests/models/formula.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <iostream>

namespace fovea {
namespace {

template <class Enum, size_t N>
Enum choice(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) fail(ErrorCode::kUsage, "\"{}\" is not known", name);
  return static_cast<Enum>(found - names.begin());
}

void write_case(std::span<char*> arguments) {
  constexpr int64_t kPictures = 5;
  const fs::path folder = arguments[1];
  const model::ModelOptions options{.name = arguments[2],
                                    .padding = choice<model::Padding>(model::kPaddingNames, arguments[4]),
                                    .stem = choice<model::Stem>(model::kStemNames, arguments[3])};
  const int64_t side = parse_int(arguments[5]).value_or(0);
  const auto network = model::make_model(options, {.num_outputs = 10});
  test::fill(network->parameters());
  const Tensor images = at::tensor(test::draws("pictures", kPictures * 3 * side * side)).to(at::kFloat).view({kPictures, 3, side, side});
  const at::NoGradGuard no_gradient;
  const Tensor logits = network->forward(images.contiguous(at::MemoryFormat::ChannelsLast), {.path = kernels::Path::kReference}).logits.contiguous();
  write_atomically(folder / "model.onnx", io::onnx_bytes({.producer = "fovea", .graph = model::onnx_graph(*network, {.image_size = side})}));
  write_atomically(folder / "images.f32", tensor_bytes(images));
  write_atomically(folder / "logits.f32", tensor_bytes(logits));
}

}  // namespace
}  // namespace fovea

int main(int count, char** values) {
  if (count != 6) return 2;
  try {
    fovea::write_case({values, static_cast<size_t>(count)});
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
