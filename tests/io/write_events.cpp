// Writes two sessions of a run as TensorBoard events, the second one resumed from step 20: input of check_tensorboard.py.
#include "fovea/base/file.h"
#include "fovea/io/event_file.h"

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: write_events FOLDER PICTURE.png\n", stderr);
    return 2;
  }
  const std::string png = fovea::read_text(argv[2]);
  const auto write = [&](fovea::io::EventFile& events, int64_t first, int64_t last, double offset) {
    for (int64_t step = first; step <= last; ++step) events.scalar("train/loss", offset + static_cast<double>(step), step);
    events.text("run/recipe", "**lr** 0.1", first);
    events.image("eval/sheet", png, 3, 2, last);
  };
  fovea::io::EventFile first(argv[1]);
  first.start_session(0);
  write(first, 0, 30, 0);
  fovea::io::EventFile second(argv[1]);
  second.start_session(20);
  write(second, 20, 40, 1000);
}
