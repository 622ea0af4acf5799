#include "fovea/train/signals.h"

#include "fovea/base/error.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace fovea::train {
namespace {

struct Handled {
  int number;
  std::string_view name;
  bool stops;  // otherwise it is ignored
};
constexpr std::array<Handled, 5> kHandled{
    {{SIGTERM, "SIGTERM", true}, {SIGINT, "SIGINT", true}, {SIGUSR1, "SIGUSR1", true}, {SIGPIPE, "SIGPIPE", false}, {SIGXFSZ, "SIGXFSZ", false}}};

// A handler gets no argument of ours, so what it writes must be global: the only mutable globals of the project.
std::atomic<int> first_signal{0};
std::atomic<bool> was_interrupted{false};
std::atomic<bool> installed{false};
std::atomic<const char*> stopping{nullptr};
std::array<struct sigaction, kHandled.size()> former;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free &&
              std::atomic<const char*>::is_always_lock_free);  // what a handler may touch

constexpr int kInterruptedTwice = 130;  // 128 + SIGINT, as shells have it (user-experience (c), exit codes)
constexpr std::string_view kLeaving = "\ninterrupted twice: leaving at once; what was not saved is lost\n";

extern "C" void remember(int number) {
  const int saved_errno = errno;
  if (number == SIGINT && was_interrupted.exchange(true)) {
    // the result does not matter: the process ends
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kLeaving.data(), kLeaving.size());
    ::_exit(kInterruptedTwice);
  }
  if (number == SIGINT) {  // a step may take long
    const char* const text = stopping;
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
  }
  int none = 0;
  first_signal.compare_exchange_strong(none, number);
  errno = saved_errno;
}

}  // namespace

StopSignals::StopSignals(const char* on_interrupt) {
  FOVEA_CHECK(!installed.exchange(true), "signals are handled already");
  stopping = on_interrupt;
  first_signal = 0;
  was_interrupted = false;
  for (size_t i = 0; i < kHandled.size(); ++i) {
    struct sigaction action {};
    action.sa_handler = kHandled[i].stops ? remember : SIG_IGN;
    action.sa_flags = SA_RESTART;  // reads and writes under way go on
    sigemptyset(&action.sa_mask);
    FOVEA_CHECK(::sigaction(kHandled[i].number, &action, &former[i]) == 0, "{} cannot be handled", kHandled[i].name);
  }
}

StopSignals::~StopSignals() {
  for (size_t i = 0; i < kHandled.size(); ++i) ::sigaction(kHandled[i].number, &former[i], nullptr);
  installed = false;
}

bool StopSignals::requested() const { return first_signal.load(std::memory_order_relaxed) != 0; }

std::string_view StopSignals::name() const {
  const int number = first_signal;
  for (const Handled& handled : kHandled) {
    if (handled.number == number) return handled.name;
  }
  return {};
}

}  // namespace fovea::train
