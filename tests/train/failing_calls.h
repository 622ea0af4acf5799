// Makes the n-th call that changes the file system fail, to see what a writer leaves behind. Production code does not know of it.
#pragma once

#include <cstdint>

namespace fovea::test {

enum class OnCall {
  kFail,  ///< the call fails with ENOSPC; a write has written half of its bytes before
  kKill,  ///< the process ends as if killed
};

/// While one exists, calls of this thread to mkdir, open for writing, write, fsync and rename are counted from 1, and call `number` meets
/// its fate. This program's definitions of those functions stand before the C library's; fsync never waits
/// for the disk in it.
class FailingCall {
 public:
  explicit FailingCall(int64_t number, OnCall fate = OnCall::kFail);
  ~FailingCall();
  FailingCall(const FailingCall&) = delete;
  FailingCall& operator=(const FailingCall&) = delete;

  /// Was the call reached?
  [[nodiscard]] bool happened() const;
};

}  // namespace fovea::test
