// The program: everything is in run_fovea, so that tests can call it. Here stands only what has to happen before that.
#include "fovea/cli/command.h"
#include "fovea/tensor/tensor.h"

#include <cstdlib>
#include <thread>

// Read by jemalloc before main: memory is kept, in pages of 2 MiB. Fresh pages cost as much as arithmetic; the gain is measured in
// docs/benchmarks.md.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,dirty_decay_ms:-1,muzzy_decay_ms:-1";
}

int main(int argc, char** argv) {
  // LibTorch counts cores by itself and gets it wrong on some virtual machines; the scheduler's answer respects affinity.
  if (std::getenv("OMP_NUM_THREADS") == nullptr) fovea::set_compute_threads(std::thread::hardware_concurrency());
  fovea::cli::Console console = fovea::cli::process_console();
  return fovea::cli::run_fovea(fovea::cli::Arguments(argv + 1, argv + argc), console);
}
