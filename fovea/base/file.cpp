#include "fovea/base/file.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace fovea {
namespace {

std::string reason() { return std::strerror(errno); }

// fs::exists without an error code throws for names too long and folders that may not be read.
bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

[[noreturn]] void fail_create(const fs::path& path) {
  fail(ErrorCode::kCannotCreate, Advice{"choose a place that you may write to"}, "cannot create \"{}\": {}", path.string(), reason());
}

}  // namespace

// O_NONBLOCK: a pipe would keep open() waiting for a writer; regular files take no notice of it.
InputFile::InputFile(const fs::path& path) : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) fail(errno == ENOENT || errno == ENOTDIR ? ErrorCode::kMissing : ErrorCode::kIo, "cannot open \"{}\": {}", path.string(), reason());
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    fail(ErrorCode::kMissing, "\"{}\" is not a regular file", path.string());
  }
  size_ = status.st_size;
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

InputFile::InputFile(InputFile&& other) noexcept : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

size_t InputFile::read_at(int64_t offset, std::span<std::byte> target) const {
  size_t done = 0;
  while (done < target.size()) {
    const ssize_t count = ::pread(descriptor_, target.data() + done, target.size() - done, offset + static_cast<int64_t>(done));
    if (count == 0) break;
    if (count < 0) {
      if (errno == EINTR) continue;
      fail(ErrorCode::kIo, "cannot read \"{}\" at byte {}: {}", path_.string(), offset + static_cast<int64_t>(done), reason());
    }
    done += static_cast<size_t>(count);
  }
  return done;
}

OutputFile::OutputFile(const fs::path& path, Mode mode)
    : path_(path), descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (mode == Mode::kAppend ? O_APPEND : O_TRUNC), 0666)) {
  if (descriptor_ < 0) fail_create(path);
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void OutputFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      fail(ErrorCode::kIo, Advice{"free some space or choose another disk"}, "cannot write \"{}\": {}", path_.string(), reason());
    }
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void OutputFile::write(std::string_view text) { write(as_bytes(text)); }

void OutputFile::finish() {
  const bool synced = ::fsync(descriptor_) == 0 || errno == EINVAL;  // pipes and the like cannot be synced
  const std::string why = synced ? std::string() : reason();
  const bool closed = ::close(std::exchange(descriptor_, -1)) == 0;
  if (!synced || !closed) fail(ErrorCode::kIo, "cannot write \"{}\": {}", path_.string(), synced ? reason() : why);
}

std::vector<std::byte> read_bytes(const fs::path& path, int64_t max_bytes) {
  const InputFile file(path);
  if (file.size() > max_bytes)
    fail(ErrorCode::kData, "\"{}\" has {}, the limit is {}", path.string(), format_bytes(static_cast<double>(file.size())),
         format_bytes(static_cast<double>(max_bytes)));
  std::vector<std::byte> bytes(static_cast<size_t>(file.size()));
  bytes.resize(file.read_at(0, bytes));
  return bytes;
}

std::string read_text(const fs::path& path, int64_t max_bytes) { return std::string(as_text(read_bytes(path, max_bytes))); }

void write_atomically(const fs::path& path, const std::function<void(const fs::path& temporary)>& write) {
  fs::path temporary = path;
  temporary += fmt::format(".tmp-{}", ::getpid());
  try {
    write(temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail_create(path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_directory(path.parent_path());
}

void write_atomically(const fs::path& path, std::span<const std::byte> bytes) {
  write_atomically(path, [&](const fs::path& temporary) {
    OutputFile file(temporary);
    file.write(bytes);
    file.finish();
  });
}

void write_atomically(const fs::path& path, std::string_view text) { write_atomically(path, as_bytes(text)); }

std::vector<fs::path> make_directories(const fs::path& path) {
  std::vector<fs::path> made;
  std::error_code error;  // what cannot be looked at fails below
  fs::path each = fs::absolute(path / "", error).parent_path();
  for (; !each.empty() && !fs::exists(each, error); each = each.parent_path()) made.push_back(each);
  fs::create_directories(path, error);
  if (error) fail(ErrorCode::kCannotCreate, Advice{"choose a place that you may write to"}, "cannot create folder \"{}\": {}", path.string(), error.message());
  return made;
}

void sync_directory(const fs::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // not readable, yet writable: nothing more can be done
  ::fsync(descriptor);
  ::close(descriptor);
}

std::vector<fs::path> glob(const std::string& pattern) {
  std::vector<fs::path> found{pattern.starts_with('/') ? fs::path("/") : fs::path()};
  for (const std::string& part : split(pattern, '/')) {
    if (part.empty()) continue;
    std::vector<fs::path> next;
    for (const fs::path& base : found) {
      if (part.find_first_of("*?") == std::string::npos) {
        if (is_there(base / part)) next.push_back(base / part);
        continue;
      }
      std::error_code error;
      for (const auto& entry : fs::directory_iterator(base.empty() ? fs::path(".") : base, error)) {
        const std::string name = entry.path().filename().string();
        if (matches_pattern(name, part) && (!name.starts_with('.') || part.starts_with('.'))) next.push_back(base / name);
      }
    }
    found = std::move(next);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<FileStamp> file_stamp(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileStamp{.size = status.st_size, .modified_ns = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

int64_t free_disk_bytes(const fs::path& path) {
  fs::path existing = fs::absolute(path);
  while (!is_there(existing) && existing.has_relative_path()) existing = existing.parent_path();
  struct statvfs status {};
  if (::statvfs(existing.c_str(), &status) != 0) fail(ErrorCode::kIo, "cannot tell the free space of \"{}\": {}", existing.string(), reason());
  return static_cast<int64_t>(status.f_bavail) * static_cast<int64_t>(status.f_frsize);
}

}  // namespace fovea
