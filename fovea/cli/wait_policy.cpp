// Starts the program once more, with the wait policy that libgomp is to have: it reads its environment when it is loaded, so what is to hold must be
// there before. Threads that wait for work spin only briefly: spinning fights with the loader's threads for the same cores.
//
// This runs before anything else of the program and its libraries, out of .preinit_array (System V ABI, "Initialization and Termination Functions"):
// the constructors of LibTorch take far longer than everything before them, and so run once only. The C library is not initialised either,
// which is why nothing here takes memory or asks getenv.
#include <limits.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace {

bool is_set(char* const* environment, const char* assignment) {
  const size_t name = std::strcspn(assignment, "=") + 1;
  for (; *environment != nullptr; ++environment) {
    if (std::strncmp(*environment, assignment, name) == 0) return true;
  }
  return false;
}

void restart_with_wait_policy(int /*argc*/, char** argv, char** environment) {
  static std::array<char, sizeof("GOMP_SPINCOUNT=20000")> policy{"GOMP_SPINCOUNT=20000"};
  static std::array<char, sizeof("FOVEA_INTERNAL_RESTARTED=1")> mark{"FOVEA_INTERNAL_RESTARTED=1"};
  if (is_set(environment, "OMP_WAIT_POLICY=") || is_set(environment, policy.data()) || is_set(environment, mark.data())) return;

  // On any failure the program simply goes on as it is.
  static std::array<char*, 4096> changed{};  // chosen: far more variables than any shell passes on
  size_t count = 0;
  for (; environment[count] != nullptr; ++count) {
    if (count + 3 >= changed.size()) return;
    changed[count] = environment[count];
  }
  changed[count++] = policy.data();
  changed[count] = mark.data();
  static std::array<char, PATH_MAX> program{};  // by its name, so that ps and pkill know it
  if (readlink("/proc/self/exe", program.data(), program.size() - 1) > 0) execve(program.data(), argv, changed.data());
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const before_everything)(int, char**, char**) = restart_with_wait_policy;

}  // namespace
