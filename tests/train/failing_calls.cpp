#include "tests/train/failing_calls.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

namespace fovea::test {
namespace {

thread_local int64_t calls_left = 0;  // 0: nothing is to fail
thread_local bool has_happened = false;
thread_local OnCall fate_of_call = OnCall::kFail;

/// Is it this call's turn?
bool is_due() {
  if (calls_left == 0 || --calls_left > 0) return false;
  has_happened = true;
  if (fate_of_call == OnCall::kKill) ::_exit(137);  // 128 + SIGKILL
  errno = ENOSPC;
  return true;
}

}  // namespace

FailingCall::FailingCall(int64_t number, OnCall fate) {
  has_happened = false;
  fate_of_call = fate;
  calls_left = number;
}
FailingCall::~FailingCall() { calls_left = 0; }
bool FailingCall::happened() const { return has_happened; }

}  // namespace fovea::test

using fovea::test::is_due;

extern "C" {

int mkdir(const char* path, mode_t mode) noexcept { return is_due() ? -1 : static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode)); }

int rename(const char* from, const char* to) noexcept { return is_due() ? -1 : static_cast<int>(::syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to)); }

// Counted, not done: no test outlives the machine, and waiting for the disk would be most of their time.
int fsync(int) { return is_due() ? -1 : 0; }

ssize_t write(int descriptor, const void* bytes, size_t count) {
  if (!is_due()) return ::syscall(SYS_write, descriptor, bytes, count);
  [[maybe_unused]] const auto half = ::syscall(SYS_write, descriptor, bytes, count / 2);
  errno = ENOSPC;
  return -1;
}

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if (flags & O_CREAT) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  if ((flags & O_ACCMODE) != O_RDONLY && is_due()) return -1;
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

}  // extern "C"
