#include "fovea/base/disk_speed.h"

#include "fovea/base/error.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

namespace fovea {

namespace {

constexpr int64_t kPiece = int64_t{16} << 20;  // chosen: syncing costs little beside it, and a slow disk ends soon after its time

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// A file that has no name any more.
class NamelessFile {
 public:
  explicit NamelessFile(const fs::path& folder) : folder_(folder) {
    std::string name = (folder / ".fovea-speed-XXXXXX").string();
    descriptor_ = ::mkstemp(name.data());
    if (descriptor_ < 0)
      fail(ErrorCode::kCannotCreate, Advice{"choose a folder that you may write to"}, "cannot write to \"{}\": {}", folder.string(), std::strerror(errno));
    ::unlink(name.c_str());
  }
  ~NamelessFile() { ::close(descriptor_); }
  NamelessFile(const NamelessFile&) = delete;
  NamelessFile& operator=(const NamelessFile&) = delete;

  void write(std::span<const std::byte> piece) {
    for (size_t done = 0; done < piece.size();) {
      const ssize_t count = ::write(descriptor_, piece.data() + done, piece.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) refuse("write to");
      done += static_cast<size_t>(count);
    }
    if (::fdatasync(descriptor_) != 0) refuse("write to");
  }

  /// Asks the kernel to forget what it keeps of the file.
  void forget() { ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_DONTNEED); }

  /// Does it still keep most of it?
  [[nodiscard]] bool is_in_memory(int64_t bytes) const {
    void* const map = ::mmap(nullptr, static_cast<size_t>(bytes), PROT_READ, MAP_SHARED, descriptor_, 0);
    if (map == MAP_FAILED) return false;
    const int64_t page = ::sysconf(_SC_PAGESIZE);
    std::vector<unsigned char> pages(static_cast<size_t>((bytes + page - 1) / page));
    const bool is_known = ::mincore(map, static_cast<size_t>(bytes), pages.data()) == 0;
    ::munmap(map, static_cast<size_t>(bytes));
    const auto kept = std::count_if(pages.begin(), pages.end(), [](unsigned char flags) { return (flags & 1) != 0; });
    return is_known && 2 * kept > static_cast<int64_t>(pages.size());
  }

  void read(std::span<std::byte> piece, int64_t offset) {
    for (size_t done = 0; done < piece.size();) {
      const ssize_t count = ::pread(descriptor_, piece.data() + done, piece.size() - done, offset + static_cast<int64_t>(done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) refuse("read from");
      done += static_cast<size_t>(count);
    }
  }

 private:
  [[noreturn]] void refuse(std::string_view what) const { fail(ErrorCode::kIo, "cannot {} \"{}\": {}", what, folder_.string(), std::strerror(errno)); }

  fs::path folder_;
  int descriptor_ = -1;
};

}  // namespace

DiskSpeed disk_speed(const fs::path& folder, const DiskSpeedOptions& options) {
  NamelessFile file(folder);
  const int64_t allowed = std::min(options.max_bytes, free_disk_bytes(folder) / 10);
  std::vector<std::byte> piece(static_cast<size_t>(std::clamp(allowed, int64_t{1}, kPiece)));
  const auto step = static_cast<int64_t>(piece.size());
  uint64_t word = 1;
  for (size_t i = 0; i + sizeof word <= piece.size(); i += sizeof word) {  // what no file system can squeeze
    word = word * 6364136223846793005U + 1442695040888963407U;             // Knuth's linear congruential generator (MMIX)
    std::memcpy(piece.data() + i, &word, sizeof word);
  }

  DiskSpeed speed;
  const auto writing = Clock::now();
  do {
    file.write(piece);
    speed.bytes += step;
  } while (speed.bytes + step <= allowed && seconds_since(writing) < options.seconds);
  speed.write_bytes_per_second = static_cast<double>(speed.bytes) / seconds_since(writing);

  file.forget();
  speed.is_read_from_memory = file.is_in_memory(speed.bytes);
  const auto reading = Clock::now();
  int64_t read = 0;
  do {
    file.read(piece, read);
    read += step;
  } while (read < speed.bytes && seconds_since(reading) < options.seconds);
  speed.read_bytes_per_second = static_cast<double>(read) / seconds_since(reading);
  return speed;
}

}  // namespace fovea
