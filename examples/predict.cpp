// Applies a trained network to pictures: predict RUN PICTURE...
#include "fovea/apply/classifier.h"

#include <fmt/format.h>

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: predict RUN PICTURE...\n");
    return 2;
  }
  try {
    const fovea::apply::Classifier classifier(argv[1]);  // the best checkpoint of the run, on the CPU
    for (int i = 2; i < argc; ++i) {
      fmt::print("{}\n", argv[i]);
      for (const fovea::apply::Guess& guess : classifier.classify(argv[i], 3)) fmt::print("{:5.1f} % {}\n", 100 * guess.probability, guess.name);
    }
    return 0;
  } catch (const fovea::Error& error) {  // what is wrong, where, and what to do about it
    fmt::print(stderr, "error: {}\n", error.what());
    if (!error.advice().empty()) fmt::print(stderr, "try: {}\n", error.advice());
    return static_cast<int>(error.code());
  }
}
