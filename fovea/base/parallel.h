// Independent pieces of work on a few threads, with one and the same error whatever their number.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

namespace fovea {

/// Calls work(index) once for each index in [0, count), from up to `threads` threads (0 = one a core); the calling thread only waits.
/// Indices are handed out in order; after an error, or when `stop` is asked for, no further ones are.
///
/// returns  whether all were done; false only when stopped
/// throws   what `work` threw; of several errors the one of the lowest index, which is the same for any number of threads
bool for_each_index(int64_t count, int64_t threads, const std::stop_token& stop, const std::function<void(int64_t index)>& work);

}  // namespace fovea
