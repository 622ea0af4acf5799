#include "fovea/cli/doctor_rows.h"
#include "fovea/io/json.h"

#include "tests/cli/support.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace fovea::cli {
namespace {

using testing::HasSubstr;

constexpr int64_t kGiB = int64_t{1} << 30;

/// A machine on which nothing is wrong.
MachineFacts good_machine() {
  return {.processor = {.name = "CPU", .features = {"avx2", "avx512f"}, .vector_target = "AVX3"},
          .cores = {.online = 8, .allowed = 8},
          .compute_threads = 8,
          .memory = {.bytes = 16 * kGiB, .source = "physical memory"},
          .memory_available = 12 * kGiB,
          .huge_pages = "madvise",
          .libraries = {.torch = "1.13.0", .onednn = "v2.6.0", .capability = "AVX512", .blas = "open"},
          .blas_library = "/usr/lib/openblas/libblas.so.3",
          .has_fast_bfloat16 = true,
          .float32_gflops = 400,
          .bfloat16_gflops = 800,
          .decode = {.size = {500, 375}, .kilobytes = 100, .pictures_per_second = 500},
          .folder = "runs",
          .disk_free = 100 * kGiB,
          .disk = DiskSpeed{.bytes = 1 << 28, .write_bytes_per_second = 5e8, .read_bytes_per_second = 9e8},
          .open_files = 1024};
}

DoctorRow row(const MachineFacts& facts, const std::string& name) {
  const std::vector<DoctorRow> rows = doctor_rows(facts);
  const auto found = std::ranges::find(rows, name, &DoctorRow::name);
  return found == rows.end() ? DoctorRow{.name = "there is no row " + name} : *found;
}

TEST(DoctorRows, PassOnAGoodMachineWithoutRemedies) {
  for (const DoctorRow& each : doctor_rows(good_machine())) {
    EXPECT_EQ(each.health, Health::kPass) << each.name << ": " << each.finding;
    EXPECT_EQ(each.remedy, "") << each.name;
  }
}

TEST(DoctorRows, MoreThreadsThanTheControlGroupAllowsAreAWarning) {
  MachineFacts facts = good_machine();
  facts.cores.quota = 2.5;

  const DoctorRow found = row(facts, "cores");

  EXPECT_EQ(found.health, Health::kWarn);
  EXPECT_EQ(found.finding, "8 of 8 cores usable, the control group allows the time of 2.5; 8 compute threads");
  EXPECT_THAT(found.remedy, HasSubstr("OMP_NUM_THREADS=2 "));
}

TEST(DoctorRows, ThreadsThatTheEnvironmentLimitsAreAWarning) {
  MachineFacts facts = good_machine();
  facts.compute_threads = 1;
  facts.threads_from_environment = true;

  EXPECT_EQ(row(facts, "cores").health, Health::kWarn);
}

TEST(DoctorRows, ASlowBlasFails) {
  MachineFacts facts = good_machine();
  facts.float32_gflops = 6;  // the most that docs/benchmarks.md has of it
  facts.blas_library = "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0";

  const DoctorRow found = row(facts, "float32 products");

  EXPECT_EQ(found.health, Health::kFail);
  EXPECT_THAT(found.finding, HasSubstr("/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0"));
  EXPECT_THAT(found.remedy, HasSubstr("apt-get install libopenblas0-openmp"));
}

TEST(DoctorRows, SlowBfloat16IsAWarning) {
  MachineFacts facts = good_machine();
  facts.has_fast_bfloat16 = false;
  EXPECT_THAT(row(facts, "bfloat16 products").remedy, HasSubstr("--precision float32"));

  facts.has_fast_bfloat16 = true;
  facts.bfloat16_gflops = 100;
  EXPECT_EQ(row(facts, "bfloat16 products").health, Health::kWarn);
}

TEST(DoctorRows, MemoryWarnsAndFailsByWhatIsAvailable) {
  MachineFacts facts = good_machine();
  facts.memory_available = 2 * kGiB;
  EXPECT_EQ(row(facts, "memory").health, Health::kWarn);

  facts.memory_available = kGiB / 2;
  EXPECT_EQ(row(facts, "memory").health, Health::kFail);
}

TEST(DoctorRows, HugePagesNeverIsAWarning) {
  MachineFacts facts = good_machine();
  facts.huge_pages = "never";

  EXPECT_EQ(row(facts, "huge pages").health, Health::kWarn);
}

TEST(DoctorRows, ADiskThatCannotBeWrittenFails) {
  MachineFacts facts = good_machine();
  facts.disk.reset();
  facts.disk_error = "cannot write to \"/proc\": Permission denied";

  const DoctorRow found = row(facts, "disk");

  EXPECT_EQ(found.health, Health::kFail);
  EXPECT_EQ(found.finding, facts.disk_error);
}

TEST(DoctorRows, AReadFromMemoryIsNotPassedOffAsTheDisks) {
  MachineFacts facts = good_machine();
  facts.disk->is_read_from_memory = true;

  EXPECT_THAT(row(facts, "disk").finding, HasSubstr("the disk's own speed is not known"));
}

TEST(DoctorRows, AGpuThatLibTorchCannotUseIsAWarning) {
  MachineFacts facts = good_machine();
  facts.driver = {.version = "550.54.14", .gpus = {"NVIDIA H200"}};

  DoctorRow found = row(facts, "GPU");
  EXPECT_EQ(found.health, Health::kWarn);
  EXPECT_THAT(found.finding, HasSubstr("built without CUDA; NVIDIA driver 550.54.14, NVIDIA H200"));
  EXPECT_THAT(found.remedy, HasSubstr("make TORCH="));

  facts.libraries.has_cuda = true;
  found = row(facts, "GPU");
  EXPECT_EQ(found.health, Health::kWarn);
  EXPECT_THAT(found.remedy, HasSubstr("CUDA_VISIBLE_DEVICES"));

  facts.libraries.gpus = 1;
  EXPECT_EQ(row(facts, "GPU").health, Health::kPass);
}

TEST(DoctorRows, CudaWithoutADriverIsAWarning) {
  MachineFacts facts = good_machine();
  facts.libraries.has_cuda = true;

  EXPECT_THAT(row(facts, "GPU").remedy, HasSubstr("nvidia-smi"));
}

TEST(Doctor, PrintsEveryRowAndLeavesTheFolderAsItWas) {
  const test::TemporaryFolder folder;

  const Outcome outcome = run({"doctor", folder.path().string()});

  EXPECT_TRUE(outcome.code == 0 || outcome.code == 69) << outcome.err;  // this machine may be busy
  for (const char* name : {"processor", "cores", "memory", "huge pages", "libraries", "float32 products", "bfloat16 products", "JPEG", "disk", "GPU"}) {
    EXPECT_THAT(outcome.out, HasSubstr(fmt::format("  {:<17}  ", name)));
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Doctor, GivesJson) {
  const test::TemporaryFolder folder;

  const io::Json json = io::Json::parse(run({"doctor", folder.path().string(), "--json"}).out);

  EXPECT_EQ(json.at("rows").size(), 11U);
  EXPECT_EQ(json.at("rows").at(0).at("name"), "processor");
  EXPECT_GT(json.at("measured").at("float32_gflops").get<double>(), 0);
  EXPECT_GT(json.at("measured").at("disk_write_bytes_per_s").get<double>(), 0);
}

TEST(Doctor, ExitsWith69WhenSomethingFails) {
  const Outcome outcome = run({"doctor", "/proc"});  // nobody can make a file there

  EXPECT_EQ(outcome.code, 69);
  EXPECT_THAT(outcome.out, HasSubstr("fail  disk               cannot write to \"/proc\""));
  EXPECT_THAT(outcome.out, HasSubstr("\n      try: a folder that you may write to"));
}

TEST(Doctor, RefusesAFolderThatIsNotThere) {
  const Outcome outcome = run({"doctor", "nowhere"});

  EXPECT_EQ(outcome.code, 66);
  EXPECT_THAT(outcome.err, HasSubstr("there is no folder \"nowhere\""));
}

}  // namespace
}  // namespace fovea::cli
