// Files: reading at offsets, complete-or-absent writing, and errors that name the path and the reason.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

namespace fs = std::filesystem;

/// A file open for reading at any offset, from any thread. Move-only.
class InputFile {
 public:
  /// throws kMissing when there is no such file, kIo when it cannot be opened
  explicit InputFile(const fs::path& path);
  ~InputFile();
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] int64_t size() const { return size_; }

  /// Reads up to target.size() bytes at `offset`; returns how many there were (fewer only at the end of the file). Throws kIo.
  size_t read_at(int64_t offset, std::span<std::byte> target) const;

 private:
  fs::path path_;
  int descriptor_ = -1;
  int64_t size_ = 0;
};

/// A new file under `path`. Bytes reach the disk by finish(), which syncs and closes; a destructor without finish() only closes.
class OutputFile {
 public:
  enum class Mode { kReplace, kAppend };
  /// throws kCannotCreate
  explicit OutputFile(const fs::path& path, Mode mode = Mode::kReplace);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::span<const std::byte> bytes);  ///< throws kIo ("no space left on device" and the like)
  void write(std::string_view text);
  void finish();  ///< fsync and close; throws kIo

 private:
  fs::path path_;
  int descriptor_ = -1;
};

/// The whole file. throws kMissing, kIo; kData when it is larger than max_bytes.
std::string read_text(const fs::path& path, int64_t max_bytes = int64_t{64} << 20);
std::vector<std::byte> read_bytes(const fs::path& path, int64_t max_bytes = int64_t{1} << 30);

/// Complete or absent: writes `path`.tmp-PID, syncs, renames, syncs the folder. throws kCannotCreate, kIo; then `path` is as it was.
void write_atomically(const fs::path& path, std::string_view text);
void write_atomically(const fs::path& path, std::span<const std::byte> bytes);
/// The same with a writer that gets the temporary name, and syncs; what it throws leaves `path` as it was.
void write_atomically(const fs::path& path, const std::function<void(const fs::path& temporary)>& write);

/// Makes a folder and its parents.
///
/// returns  those that did not exist, innermost first
/// throws   kCannotCreate
std::vector<fs::path> make_directories(const fs::path& path);

/// Makes renames and new names inside `folder` durable.
void sync_directory(const fs::path& folder);

/// Files that match a pattern with '*' and '?' in any part of the path, sorted by name; a pattern without wild cards matches itself.
std::vector<fs::path> glob(const std::string& pattern);

/// Identity of a file's content as far as size and modification time tell.
struct FileStamp {
  int64_t size = 0;
  int64_t modified_ns = 0;
  bool operator==(const FileStamp&) const = default;
};
std::optional<FileStamp> file_stamp(const fs::path& path);

/// Bytes free for this user on the file system that holds `path` (or its nearest existing parent).
int64_t free_disk_bytes(const fs::path& path);

inline std::span<const std::byte> as_bytes(std::string_view text) { return {reinterpret_cast<const std::byte*>(text.data()), text.size()}; }
inline std::string_view as_text(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace fovea
