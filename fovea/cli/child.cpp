#include "fovea/cli/child.h"

#include "fovea/base/error.h"

#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace fovea::cli {

namespace {

constexpr std::array kPassedOn{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

// Signals wait in the kernel while this lives, and are taken one by one: no handler, nothing global.
class HeldSignals {
 public:
  HeldSignals() {
    sigemptyset(&held_);
    sigaddset(&held_, SIGCHLD);
    for (const int signal : kPassedOn) sigaddset(&held_, signal);
    pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  [[nodiscard]] const sigset_t& before() const { return before_; }

  [[nodiscard]] siginfo_t wait() const {
    siginfo_t info{};
    while (sigwaitinfo(&held_, &info) < 0 && errno == EINTR) {
    }
    return info;
  }

 private:
  sigset_t held_{}, before_{};
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));  // what exec's signature asks for
  result.push_back(nullptr);
  return result;
}

pid_t start(const fs::path& program, const std::vector<std::string>& arguments, const std::vector<std::string>& environment, const sigset_t& mask) {
  std::vector<std::string> command{program.string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask(&attributes, &mask);
  pid_t child = 0;
  const int error = posix_spawn(&child, program.c_str(), nullptr, &attributes, pointers(command).data(), pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  if (error != 0) fail(ErrorCode::kMissing, "{} cannot be started: {}", program.string(), std::strerror(error));
  return child;
}

}  // namespace

ChildEnd run_child(const fs::path& program, const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  const HeldSignals signals;
  const pid_t child = start(program, arguments, environment, signals.before());
  ChildEnd end;
  for (;;) {
    const siginfo_t info = signals.wait();
    if (info.si_signo != SIGCHLD) {
      end.was_signalled = true;
      const bool from_terminal = info.si_code == SI_KERNEL;  // sent to the whole group: the child has it
      // A program may have sent SIGINT to the group as well; twice it would end the child without saving, SIGTERM twice does no harm.
      if (!from_terminal) kill(child, info.si_signo == SIGINT ? SIGTERM : info.si_signo);
      continue;
    }
    int status = 0;
    if (waitpid(child, &status, WNOHANG) != child) continue;
    if (WIFEXITED(status)) {
      end.code = WEXITSTATUS(status);
      return end;
    }
    if (WIFSIGNALED(status)) {
      end.code = 128 + WTERMSIG(status);
      return end;
    }
  }
}

fs::path own_program() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) fail(ErrorCode::kMissing, "the program cannot find itself: {}", error.message());
  return program;
}

}  // namespace fovea::cli
