// What `fovea doctor` says about a machine: facts in, one judged row for each subject out.
#pragma once

#include "fovea/base/disk_speed.h"
#include "fovea/base/error.h"
#include "fovea/image/decode_speed.h"
#include "fovea/tensor/libraries.h"
#include "fovea/train/machine.h"
#include "fovea/train/memory.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::cli {

enum class Health { kPass, kWarn, kFail };
inline constexpr std::array<std::string_view, 3> kHealthNames{"pass", "warn", "fail"};

struct DoctorRow {
  std::string name;  ///< "memory"
  Health health = Health::kPass;
  std::string finding;
  std::string remedy;  ///< what to do; empty when it passes
};

struct MachineFacts {
  train::Processor processor;
  train::Cores cores;
  int64_t compute_threads = 0;
  bool threads_from_environment = false;  ///< OMP_NUM_THREADS is set
  train::MemoryLimit memory;
  int64_t memory_available = 0;
  std::string huge_pages;
  TensorLibraries libraries;
  std::string blas_library;
  bool has_fast_bfloat16 = false;  ///< oneDNN multiplies bfloat16 here
  double float32_gflops = 0, bfloat16_gflops = 0;
  image::DecodeSpeed decode;
  fs::path folder;
  int64_t disk_free = 0;
  std::optional<DiskSpeed> disk;  ///< nothing when it could not be measured
  std::string disk_error;         ///< why not
  train::NvidiaDriver driver;
  int64_t open_files = 0;
};

/// In the order of printing.
std::vector<DoctorRow> doctor_rows(const MachineFacts& facts);

}  // namespace fovea::cli
