// The program: everything is in run_fovea, so that tests can call it. Here stands only what has to happen before that.
#include "fovea/cli/command.h"
#include "fovea/tensor/tensor.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

// Read by jemalloc before main: memory is kept, in pages of 2 MiB. Fresh pages cost as much as arithmetic; the gain is measured in
// docs/benchmarks.md.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,dirty_decay_ms:-1,muzzy_decay_ms:-1";
}

namespace {

/// libgomp reads its environment when it is loaded, so what is to hold must be there before the program starts: it starts itself again
/// once. Threads that wait for work spin only briefly: spinning fights with the loader's threads for the same cores.
void restart_with_wait_policy(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("FOVEA_INTERNAL_RESTARTED") != nullptr) return;
  setenv("GOMP_SPINCOUNT", "20000", 1);
  setenv("FOVEA_INTERNAL_RESTARTED", "1", 1);
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);  // by its name, so that ps and pkill know it
  if (!error) execv(program.c_str(), argv);                                                      // on failure the program simply goes on as it is
}

}  // namespace

int main(int argc, char** argv) {
  restart_with_wait_policy(argv);
  // LibTorch counts cores by itself and gets it wrong on some virtual machines; the scheduler's answer respects affinity.
  if (std::getenv("OMP_NUM_THREADS") == nullptr) fovea::set_compute_threads(std::thread::hardware_concurrency());
  fovea::cli::Console console = fovea::cli::process_console();
  return fovea::cli::run_fovea(fovea::cli::Arguments(argv + 1, argv + argc), console);
}
