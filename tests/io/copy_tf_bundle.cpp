// Reads a checkpoint of TensorFlow and writes its tensors again: what check_tf_bundle.py compares with TensorFlow.
#include "fovea/base/error.h"
#include "fovea/io/tf_bundle.h"
#include "fovea/io/tf_bundle_path.h"

#include <cstdio>
#include <deque>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: copy_tf_bundle CHECKPOINT NEW_PREFIX\n", stderr);
    return 2;
  }
  try {
    const auto path = fovea::io::find_tf_bundle(argv[1]);
    if (!path) fovea::fail(fovea::ErrorCode::kMissing, "no checkpoint at \"{}\"", argv[1]);
    const fovea::io::TfBundle source(path->prefix);
    std::deque<std::vector<std::byte>> held;
    std::vector<fovea::io::TensorView> views;
    for (const auto& [name, tensor] : source.tensors()) {
      if (!tensor.type) continue;
      source.read(tensor, held.emplace_back(static_cast<size_t>(tensor.bytes)));
      views.push_back({.name = name, .type = *tensor.type, .shape = tensor.shape, .bytes = held.back()});
    }
    fovea::io::write_tf_bundle(argv[2], views);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
