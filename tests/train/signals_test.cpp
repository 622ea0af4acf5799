#include "fovea/train/signals.h"

#include "fovea/base/error.h"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

namespace fovea::train {
namespace {

TEST(StopSignals, AreQuietBeforeAnySignal) {
  const StopSignals signals;

  EXPECT_FALSE(signals.requested());
  EXPECT_EQ(signals.name(), "");
}

TEST(StopSignals, RememberTheFirstByName) {
  const StopSignals signals;

  ::raise(SIGUSR1);
  ::raise(SIGTERM);

  EXPECT_TRUE(signals.requested());
  EXPECT_EQ(signals.name(), "SIGUSR1");
}

TEST(StopSignals, OneInterruptDoesNotEndTheProcess) {
  const StopSignals signals;

  ::raise(SIGINT);

  EXPECT_EQ(signals.name(), "SIGINT");
}

TEST(StopSignals, StartAfreshWhenInstalledAgain) {
  {
    const StopSignals first;
    ::raise(SIGTERM);
  }

  const StopSignals second;

  EXPECT_FALSE(second.requested());
}

TEST(StopSignals, RestoreTheFormerHandlers) {
  struct sigaction before {};
  before.sa_handler = SIG_IGN;
  struct sigaction original {};
  ::sigaction(SIGTERM, &before, &original);

  { const StopSignals signals; }

  struct sigaction after {};
  ::sigaction(SIGTERM, &original, &after);
  EXPECT_EQ(after.sa_handler, SIG_IGN);
}

TEST(StopSignals, RefuseToBeInstalledTwice) {
  const StopSignals signals;

  EXPECT_THROW(StopSignals(), Error);
}

/// Runs `body` in a child; gives its wait status and what it wrote to standard error.
template <class Body>
std::pair<int, std::string> in_child(const Body& body) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return {-1, {}};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    body();
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  std::array<char, 256> buffer{};
  for (ssize_t count = 0; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;) text.append(buffer.data(), static_cast<size_t>(count));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return {status, text};
}

const std::string kStopping = "\nstopping after this step, then saving; Ctrl-C again leaves at once and saves nothing\n";

TEST(StopSignals, TwoInterruptsLeaveAtOnceWith130) {
  const auto [status, text] = in_child([] {
    const StopSignals signals;
    ::raise(SIGINT);
    ::raise(SIGINT);
  });

  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_EQ(text, kStopping + "\ninterrupted twice: leaving at once; what was not saved is lost\n");
}

TEST(StopSignals, AnInterruptAfterTermStillOnlyAsks) {
  const auto [status, text] = in_child([] {
    const StopSignals signals;
    ::raise(SIGTERM);
    ::raise(SIGINT);
    ::_exit(signals.name() == "SIGTERM" ? 7 : 8);
  });

  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_EQ(text, kStopping);
}

TEST(StopSignals, BrokenPipesAndFileLimitsBecomeErrorsOfWrite) {
  const auto [status, text] = in_child([] {
    const StopSignals signals;
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) ::_exit(1);
    ::close(ends[0]);
    if (::write(ends[1], "x", 1) != -1 || errno != EPIPE) ::_exit(2);
    ::raise(SIGXFSZ);
    ::_exit(5);
  });

  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 5);
}

}  // namespace
}  // namespace fovea::train
