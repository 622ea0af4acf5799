#include "fovea/train/memory.h"

#include "fovea/base/error.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace fovea::train {
namespace {

// Texts as Linux 6.1 writes them (proc(5)); numbers shortened.
constexpr std::string_view kStatus = "Name:\tfovea\nVmPeak:\t  999 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1000 kB\nThreads:\t3\n";
constexpr std::string_view kMeminfo = "MemTotal:       16000000 kB\nMemFree:         100 kB\nMemAvailable:    8000000 kB\n";

TEST(KilobyteEntry, ReadsKilobytesAsBytes) {
  EXPECT_EQ(kilobyte_entry(kStatus, "VmRSS"), 1'024'000);  // 1000 * 1024
  EXPECT_EQ(kilobyte_entry(kStatus, "VmHWM"), 2'097'152);  // 2048 * 1024
}

TEST(KilobyteEntry, GivesNothingForWhatIsNotThereOrOddlyWritten) {
  EXPECT_EQ(kilobyte_entry(kStatus, "VmR"), std::nullopt);
  EXPECT_EQ(kilobyte_entry(kStatus, "Threads"), std::nullopt);
  EXPECT_EQ(kilobyte_entry("VmRSS: -5 kB", "VmRSS"), std::nullopt);
  EXPECT_EQ(kilobyte_entry("VmRSS: 9223372036854775807 kB", "VmRSS"), std::nullopt);
  EXPECT_EQ(kilobyte_entry("VmRSS", "VmRSS"), std::nullopt);
  EXPECT_EQ(kilobyte_entry("", "VmRSS"), std::nullopt);
}

TEST(PlainEntry, TakesTheWholeKeyOnly) {
  constexpr std::string_view text = "anon 7\ninactive_file 4096\ntotal_inactive_file 8192\n";

  EXPECT_EQ(plain_entry(text, "inactive_file"), 4096);
  EXPECT_EQ(plain_entry(text, "total_inactive_file"), 8192);
  EXPECT_EQ(plain_entry(text, "inactive"), std::nullopt);
}

TEST(LimitValue, MaxIsNoLimit) {
  EXPECT_EQ(limit_value("max\n"), std::nullopt);
  EXPECT_EQ(limit_value("1073741824\n"), 1'073'741'824);
  EXPECT_EQ(limit_value(""), std::nullopt);
}

/// A folder that looks like "/" to the functions under test.
class FakeRoot : public testing::Test {
 protected:
  FakeRoot() : root_(fs::path(testing::TempDir()) / ("fovea_memory_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    fs::remove_all(root_);
    put("proc/meminfo", kMeminfo);
    put("proc/self/status", kStatus);
  }
  ~FakeRoot() override { fs::remove_all(root_); }
  void put(const std::string& path, std::string_view text) {
    make_directories((root_ / path).parent_path());
    write_atomically(root_ / path, text);
  }
  fs::path root_;
};
using MemoryLimits = FakeRoot;

TEST_F(MemoryLimits, ProcessMemoryIsReadFromStatus) {
  const ProcessMemory memory = process_memory(root_);

  EXPECT_EQ(memory.resident_bytes, 1'024'000);
  EXPECT_EQ(memory.peak_bytes, 2'097'152);
}

TEST_F(MemoryLimits, WithoutGroupsThePhysicalMemoryCounts) {
  const MemoryLimit limit = memory_limit(root_);

  EXPECT_EQ(limit.bytes, 16'384'000'000);  // 16,000,000 * 1024
  EXPECT_EQ(limit.source, "physical memory");
  EXPECT_EQ(available_memory_bytes(root_), 8'192'000'000);
}

TEST_F(MemoryLimits, AParentsSmallerLimitCounts) {
  put("proc/self/cgroup", "0::/slice/job\n");
  put("sys/fs/cgroup/slice/job/memory.max", "4000000000\n");
  put("sys/fs/cgroup/slice/memory.max", "3000000000\n");
  put("sys/fs/cgroup/slice/memory.current", "2500000000\n");
  put("sys/fs/cgroup/slice/memory.stat", "anon 1\ninactive_file 100000000\n");

  const MemoryLimit limit = memory_limit(root_);

  EXPECT_EQ(limit.bytes, 3'000'000'000);
  EXPECT_EQ(limit.source, (root_ / "sys/fs/cgroup/slice/memory.max").string());
  EXPECT_EQ(available_memory_bytes(root_), 600'000'000);  // 3.0e9 - 2.5e9 + 0.1e9
}

TEST_F(MemoryLimits, Version1InAContainerIsFoundAtTheMount) {
  put("proc/self/cgroup", "4:memory:/docker/not-visible-here\n");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "2000000000\n");
  put("sys/fs/cgroup/memory/memory.usage_in_bytes", "500000000\n");
  put("sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 50000000\n");

  EXPECT_EQ(memory_limit(root_).bytes, 2'000'000'000);
  EXPECT_EQ(available_memory_bytes(root_), 1'550'000'000);
}

TEST_F(MemoryLimits, Version1WithoutALimitGivesThePhysicalMemory) {
  put("proc/self/cgroup", "4:memory:/\n");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");  // what the kernel writes for "none"
  put("sys/fs/cgroup/memory/memory.usage_in_bytes", "500000000\n");

  EXPECT_EQ(memory_limit(root_).source, "physical memory");
  EXPECT_EQ(available_memory_bytes(root_), 8'192'000'000);
}

TEST_F(MemoryLimits, AGroupOutsideOfTheNamespaceEndsAtTheMount) {
  put("proc/self/cgroup", "0::/../../other\n");
  put("sys/fs/cgroup/memory.max", "1000000000\n");

  EXPECT_EQ(memory_limit(root_).bytes, 1'000'000'000);
}

TEST_F(MemoryLimits, UseAboveTheLimitLeavesNothing) {
  put("proc/self/cgroup", "0::/\n");
  put("sys/fs/cgroup/memory.max", "1000\n");
  put("sys/fs/cgroup/memory.current", "5000\n");

  EXPECT_EQ(available_memory_bytes(root_), 0);
}

TEST_F(MemoryLimits, MissingProcIsAnError) {
  fs::remove(root_ / "proc/meminfo");

  EXPECT_THROW(memory_limit(root_), Error);
}

TEST(ProcessMemory, GrowsByWhatIsTouched) {
  constexpr int64_t bytes = int64_t{64} << 20;
  const int64_t before = process_memory().resident_bytes;

  std::vector<char> touched(bytes, 'x');

  const ProcessMemory after = process_memory();
  EXPECT_GE(after.resident_bytes - before, bytes * 9 / 10) << touched[5];  // chosen: a tenth for pages given back meanwhile
  EXPECT_GE(after.peak_bytes, after.resident_bytes);
  EXPECT_LE(after.resident_bytes, memory_limit().bytes);
}

}  // namespace
}  // namespace fovea::train
