// Facts about the machine that decide how fast and how well it trains: processor, cores, huge pages, limits, NVIDIA's driver.
#pragma once

#include "fovea/base/file.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

struct Processor {
  std::string name;                   ///< "Intel(R) Xeon(R) Processor"; "?" when the kernel does not say
  std::vector<std::string> features;  ///< of those that matter here, in the kernel's words: avx2, avx512f, avx512_bf16, amx_bf16
  std::string vector_target;          ///< what our own loops use, as Highway names it
};
/// `root` stands for "/" here and below (tests give a folder).
Processor processor(const fs::path& root = "/");

struct Cores {
  int64_t online = 0;
  int64_t allowed = 0;          ///< that this process may run on (affinity)
  std::optional<double> quota;  ///< processor time per time that its control groups allow: 1.5 is one core and a half
};
Cores cores(const fs::path& root = "/");

/// "always", "madvise" or "never", as the kernel is set; empty when it has no transparent huge pages.
std::string huge_pages(const fs::path& root = "/");

/// Files that this process may have open.
int64_t open_file_limit();

/// NVIDIA's driver, whether or not LibTorch can use it.
struct NvidiaDriver {
  std::string version;            ///< "550.54.14"; empty without a driver
  std::vector<std::string> gpus;  ///< "NVIDIA H200"
};
NvidiaDriver nvidia_driver(const fs::path& root = "/");

/// The file of the BLAS library that is loaded into this process ("/usr/lib/.../openblas-openmp/libblas.so.3"); empty when there is none of its own
/// (a wheel has it inside).
std::string blas_library(const fs::path& root = "/");

/// cpu.max of v2 ("150000 100000" is 1.5, "max 100000" no limit).
std::optional<double> cpu_quota(std::string_view cpu_max);

/// The word in brackets of "always [madvise] never"; empty when there is none.
std::string_view bracketed_word(std::string_view text);

}  // namespace fovea::train
