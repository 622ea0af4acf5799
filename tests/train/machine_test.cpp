#include "fovea/train/machine.h"

#include "fovea/train/control_group.h"
#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::train {
namespace {

using testing::ElementsAre;

TEST(ControlGroup, OfVersion1IsThatOfItsController) {
  constexpr std::string_view text = "12:pids:/a\n5:cpu,memory:/docker/abc\n0::/b\n";

  const auto memory = control_group(text, "memory"), cpu = control_group(text, "cpu"), other = control_group(text, "hugetlb");

  ASSERT_TRUE(memory && cpu && other);
  EXPECT_EQ(memory->version, 1);
  EXPECT_EQ(memory->path, "/docker/abc");
  EXPECT_EQ(cpu->path, "/docker/abc");
  EXPECT_EQ(other->version, 2);
  EXPECT_EQ(other->path, "/b");
}

TEST(ControlGroup, OfVersion2IsTakenOtherwise) {
  const auto group = control_group("1:name=systemd:/a\n0::/user.slice/job:7\n", "memory");

  ASSERT_TRUE(group);
  EXPECT_EQ(group->version, 2);
  EXPECT_EQ(group->path, "/user.slice/job:7");  // a colon in a group's name stays
}

TEST(ControlGroup, IsNoneInOtherTexts) {
  EXPECT_FALSE(control_group("", "memory"));
  EXPECT_FALSE(control_group("nonsense\n::\n", "memory"));
}

TEST(CpuQuota, IsTheShareOfThePeriod) {
  EXPECT_EQ(cpu_quota("150000 100000\n"), 1.5);
  EXPECT_EQ(cpu_quota("max 100000\n"), std::nullopt);
  EXPECT_EQ(cpu_quota("-1 100000"), std::nullopt);  // v1's way to say none
  EXPECT_EQ(cpu_quota("100000 0"), std::nullopt);
  EXPECT_EQ(cpu_quota(""), std::nullopt);
}

TEST(BracketedWord, IsTheChosenOne) {
  EXPECT_EQ(bracketed_word("always [madvise] never\n"), "madvise");
  EXPECT_EQ(bracketed_word("always madvise never"), "");
  EXPECT_EQ(bracketed_word("] ["), "");
}

/// A folder that looks like "/" to the functions under test; texts as Linux 6.1 writes them.
class Machine : public testing::Test {
 protected:
  void put(const std::string& path, std::string_view text) const {
    make_directories((root_.path() / path).parent_path());
    write_atomically(root_.path() / path, text);
  }
  test::TemporaryFolder root_;
};

TEST_F(Machine, ProcessorIsReadFromCpuinfo) {
  put("proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz\nflags\t\t: fpu avx avx2 avx512f avx512_bf16x\n\nprocessor\t: 1\n");

  const Processor found = processor(root_.path());

  EXPECT_EQ(found.name, "Some CPU @ 2.0GHz");
  EXPECT_THAT(found.features, ElementsAre("avx2", "avx512f"));
  EXPECT_FALSE(found.vector_target.empty());
}

TEST_F(Machine, ProcessorWithoutANameIsAQuestionMark) {
  EXPECT_EQ(processor(root_.path()).name, "?");
  EXPECT_TRUE(processor(root_.path()).features.empty());
}

TEST_F(Machine, TheSmallestQuotaOfTheGroupsCounts) {
  put("proc/self/cgroup", "0::/slice/job\n");
  put("sys/fs/cgroup/slice/job/cpu.max", "max 100000\n");
  put("sys/fs/cgroup/slice/cpu.max", "250000 100000\n");

  EXPECT_EQ(cores(root_.path()).quota, 2.5);
}

TEST_F(Machine, QuotaOfVersion1StandsInTwoFiles) {
  put("proc/self/cgroup", "4:cpu,cpuacct:/docker/x\n");
  put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
  put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");

  EXPECT_EQ(cores(root_.path()).quota, 0.5);
}

TEST_F(Machine, CoresAreThoseOfThisProcess) {
  const Cores found = cores(root_.path());

  EXPECT_EQ(found.quota, std::nullopt);
  EXPECT_GE(found.allowed, 1);
  EXPECT_GE(found.online, found.allowed);
}

TEST_F(Machine, HugePagesAreAsTheKernelIsSet) {
  EXPECT_EQ(huge_pages(root_.path()), "");

  put("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");

  EXPECT_EQ(huge_pages(root_.path()), "always");
}

// Texts of NVIDIA's driver 550.
TEST_F(Machine, NvidiaDriverAndGpusAreReadFromProc) {
  put("proc/driver/nvidia/version",
      "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\nGCC version:  gcc version 12.2.0\n");
  put("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA H200\nIRQ:   \t\t 16\n");

  const NvidiaDriver driver = nvidia_driver(root_.path());

  EXPECT_EQ(driver.version, "550.54.14");
  EXPECT_THAT(driver.gpus, ElementsAre("NVIDIA H200"));
}

TEST_F(Machine, WithoutADriverThereAreNoGpus) {
  EXPECT_EQ(nvidia_driver(root_.path()).version, "");
  EXPECT_TRUE(nvidia_driver(root_.path()).gpus.empty());
}

TEST_F(Machine, BlasIsTheOneThatIsLoaded) {
  put("proc/self/maps",
      "7f00-7f01 r-xp 00000000 08:01 1  /usr/lib/libc.so.6\n7f02-7f03 r-xp 00000000 08:01 2  /usr/lib/x86_64-linux-gnu/openblas-openmp/libblas.so.3\n");

  EXPECT_EQ(blas_library(root_.path()), "/usr/lib/x86_64-linux-gnu/openblas-openmp/libblas.so.3");
}

TEST(OpenFileLimit, IsThatOfThisProcess) { EXPECT_GT(open_file_limit(), 0); }

}  // namespace
}  // namespace fovea::train
