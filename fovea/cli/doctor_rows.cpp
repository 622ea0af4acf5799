#include "fovea/cli/doctor_rows.h"

#include "fovea/base/strings.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace fovea::cli {

namespace {

constexpr double kMega = 1e6;
constexpr int64_t kGiB = int64_t{1} << 30;

DoctorRow pass(std::string name, std::string finding) { return {.name = std::move(name), .finding = std::move(finding)}; }
DoctorRow warn(std::string name, std::string finding, std::string remedy) {
  return {.name = std::move(name), .health = Health::kWarn, .finding = std::move(finding), .remedy = std::move(remedy)};
}
DoctorRow failed(std::string name, std::string finding, std::string remedy) {
  return {.name = std::move(name), .health = Health::kFail, .finding = std::move(finding), .remedy = std::move(remedy)};
}

DoctorRow processor_row(const MachineFacts& facts) {
  const train::Processor& processor = facts.processor;
  const std::string features = processor.features.empty() ? "no AVX2" : join(processor.features, " ");
  std::string finding = fmt::format("{}: {}; Highway takes {}, LibTorch {}", processor.name, features, processor.vector_target, facts.libraries.capability);
  if (!facts.libraries.onednn_isa.empty()) finding += ", oneDNN " + facts.libraries.onednn_isa;
  if (processor.features.empty()) {
    return warn("processor", finding,
                "training works, slowly; take a processor with AVX2 (any since 2015), or let the virtual machine show the host's features");
  }
  return pass("processor", finding);
}

DoctorRow cores_row(const MachineFacts& facts) {
  const train::Cores& cores = facts.cores;
  const double usable = std::min(static_cast<double>(cores.allowed), cores.quota.value_or(static_cast<double>(cores.allowed)));
  std::string finding = fmt::format("{} of {} usable", cores.allowed, format_count(cores.online, "core"));
  if (cores.quota) finding += fmt::format(", the control group allows the time of {:g}", *cores.quota);
  finding += fmt::format("; {}{}", format_count(facts.compute_threads, "compute thread"), facts.threads_from_environment ? " (OMP_NUM_THREADS)" : "");
  const auto threads = static_cast<double>(facts.compute_threads);
  if (threads > std::ceil(usable)) {
    return warn("cores", finding,
                fmt::format("more threads than cores wait for each other: OMP_NUM_THREADS={} before the command, or --compute-threads {}",
                            std::max(1.0, std::floor(usable)), std::max(1.0, std::floor(usable))));
  }
  if (facts.threads_from_environment && 2 * threads <= usable) {
    return warn("cores", finding, "OMP_NUM_THREADS leaves cores unused; unset it, or give --compute-threads");
  }
  return pass("cores", finding);
}

DoctorRow memory_row(const MachineFacts& facts) {
  const std::string finding = fmt::format("{} available of {} ({})", format_bytes(static_cast<double>(facts.memory_available)),
                                          format_bytes(static_cast<double>(facts.memory.bytes)), facts.memory.source);
  // docs/benchmarks.md: a step of resnet50 with 32 pictures takes 2.1 GB in bfloat16, one of resnext101_32x4d 3.7
  if (facts.memory_available < kGiB) return failed("memory", finding, "end other programs or raise the limit: even the demo needs 1 GiB");
  if (facts.memory_available < 4 * kGiB)
    return warn("memory", finding, "enough for small pictures; for more set train.micro_batch (the plan of --dry-run shows the need)");
  return pass("memory", finding);
}

DoctorRow huge_pages_row(const MachineFacts& facts) {
  const std::string remedy = "as root: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled (fresh pages of 4 KiB cost as much as arithmetic)";
  if (facts.huge_pages.empty()) return warn("huge pages", "this kernel has no transparent huge pages", "a kernel with them; without, a step takes longer");
  const std::string finding = fmt::format("transparent huge pages: {}", facts.huge_pages);
  return facts.huge_pages == "never" ? warn("huge pages", finding, remedy) : pass("huge pages", finding);
}

DoctorRow libraries_row(const MachineFacts& facts) {
  const std::string finding =
      fmt::format("LibTorch {}, {}", facts.libraries.torch, facts.libraries.onednn.empty() ? "without oneDNN" : "oneDNN " + facts.libraries.onednn);
  if (facts.libraries.onednn.empty())
    return warn("libraries", finding, "a LibTorch with oneDNN (MKL-DNN): Debian's libtorch-dev, or make TORCH=/path/to/torch of a wheel");
  return pass("libraries", finding);
}

DoctorRow float32_row(const MachineFacts& facts) {
  const std::string blas = facts.blas_library.empty() ? fmt::format("BLAS inside LibTorch ({})", facts.libraries.blas) : facts.blas_library;
  const std::string finding = fmt::format("{:.0f} GFLOP/s; {}", facts.float32_gflops, blas);
  // docs/benchmarks.md: the reference BLAS gives 2 to 6, on one thread only, OpenBLAS 120 to 320 on two; chosen: between them, where a busy machine stays above
  constexpr double kSlow = 12;
  if (facts.float32_gflops < kSlow) {
    return failed("float32 products", finding,
                  "apt-get install libopenblas0-openmp (it registers itself as the system's BLAS); if it is there, other programs are using the cores");
  }
  return pass("float32 products", finding);
}

DoctorRow bfloat16_row(const MachineFacts& facts) {
  const double gain = facts.bfloat16_gflops / std::max(1e-9, facts.float32_gflops);
  const std::string finding = fmt::format("{:.0f} GFLOP/s, {:.1f} times float32", facts.bfloat16_gflops, gain);
  if (!facts.has_fast_bfloat16) {
    return warn("bfloat16 products", finding + "; the processor lacks AVX-512, LibTorch's own loops do it", "--precision float32 trains faster here");
  }
  // without instructions of its own (avx512_bf16) it is emulated, at about the speed of float32; half the memory is still a gain
  constexpr double kWorthIt = 0.7;
  if (gain < kWorthIt)
    return warn("bfloat16 products", finding, "compare fovea bench step resnet50 with --precision float32 and bfloat16, and take the faster");
  return pass("bfloat16 products", finding);
}

DoctorRow decode_row(const MachineFacts& facts) {
  const image::DecodeSpeed& decode = facts.decode;
  const std::string finding = fmt::format("{:.0f} pictures/s for each core ({}x{} pixels, {:.0f} kB)", decode.pictures_per_second, decode.size.width,
                                          decode.size.height, decode.kilobytes);
  constexpr double kSlow = 150;  // chosen: libjpeg-turbo gives 300 and more; without its vector code it is a third
  if (decode.pictures_per_second < kSlow) {
    return warn("JPEG", finding, "apt-get install libjpeg62-turbo (another libjpeg has no vector code); if it is there, other programs are using the cores");
  }
  return pass("JPEG", finding);
}

DoctorRow disk_row(const MachineFacts& facts) {
  const std::string free = fmt::format("{} free in {}", format_bytes(static_cast<double>(facts.disk_free)), facts.folder.string());
  if (!facts.disk) return failed("disk", facts.disk_error, "a folder that you may write to: fovea doctor DIR");
  const DiskSpeed& disk = *facts.disk;
  std::string finding = fmt::format("{}; writes {:.0f} MB/s, reads {:.0f} MB/s", free, disk.write_bytes_per_second / kMega, disk.read_bytes_per_second / kMega);
  if (disk.is_read_from_memory) finding += " from memory: the kernel keeps the pages, so the disk's own speed is not known";
  finding += fmt::format(" ({} tried)", format_bytes(static_cast<double>(disk.bytes)));
  if (facts.disk_free < kGiB / 2) return failed("disk", finding, "free some space: a run of resnet50 keeps 4 checkpoints of 200 MB each");
  if (facts.disk_free < 5 * kGiB) return warn("disk", finding, "little space: watch train.keep_last and train.keep_every");
  constexpr double kSlow = 30e6;  // chosen: a checkpoint of resnet50 takes 7 s then, and 300 pictures of 100 kB are read in a second
  const bool is_slow = disk.write_bytes_per_second < kSlow || disk.read_bytes_per_second < kSlow;
  if (is_slow) return warn("disk", finding, "put records and runs on a local disk; longer train.save_every");
  return pass("disk", finding);
}

DoctorRow gpu_row(const MachineFacts& facts) {
  const std::string present = facts.driver.version.empty() ? "no NVIDIA driver"
                                                           : fmt::format("NVIDIA driver {}, {}", facts.driver.version,
                                                                         facts.driver.gpus.empty() ? std::string("no GPU") : join(facts.driver.gpus, ", "));
  if (facts.libraries.gpus > 0) return pass("GPU", fmt::format("{} for --device cuda; {}", format_count(facts.libraries.gpus, "GPU"), present));
  if (facts.libraries.has_cuda) {
    const std::string finding = fmt::format("LibTorch has CUDA but finds no GPU; {}", present);
    if (facts.driver.gpus.empty()) return warn("GPU", finding, "install NVIDIA's driver and see nvidia-smi; in a container give it the GPUs (--gpus all)");
    return warn("GPU", finding, "a driver that is new enough for this LibTorch's CUDA; CUDA_VISIBLE_DEVICES may hide the GPU");
  }
  const std::string finding = fmt::format("this LibTorch is built without CUDA; {}", present);
  if (facts.driver.gpus.empty()) return pass("GPU", finding + "; training runs on the processor");
  return warn("GPU", finding, "build with a LibTorch that has CUDA: make TORCH=/path/to/torch");
}

DoctorRow open_files_row(const MachineFacts& facts) {
  const std::string finding = fmt::format("up to {}", format_count(facts.open_files));
  constexpr int64_t kFew = 256;  // chosen: loader threads, shards and libraries stay below a hundred
  return facts.open_files < kFew ? warn("open files", finding, "ulimit -n 1024 before the command") : pass("open files", finding);
}

}  // namespace

std::vector<DoctorRow> doctor_rows(const MachineFacts& facts) {
  return {processor_row(facts), cores_row(facts),  memory_row(facts), huge_pages_row(facts), libraries_row(facts), float32_row(facts),
          bfloat16_row(facts),  decode_row(facts), disk_row(facts),   gpu_row(facts),        open_files_row(facts)};
}

}  // namespace fovea::cli
