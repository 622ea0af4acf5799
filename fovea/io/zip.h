// Zip archives whose entries are stored as they are, not compressed, as PyTorch writes its files (APPNOTE 6.3.9 of PKWARE; zip64 included).
#pragma once

#include "fovea/base/file.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace fovea::io {

/// An archive open for reading. Its table is checked whole: every entry inside the file, not encrypted, and none on top of another, so that
/// reading all of them costs no more than the file has.
class ZipFile {
 public:
  struct Entry {
    int64_t offset = 0;  ///< of the first byte of its content, from the start of the file
    int64_t bytes = 0;
    uint32_t crc = 0;     ///< CRC-32 of the content
    uint16_t method = 0;  ///< 0: stored; a compressed one cannot be read
  };

  /// throws kMissing, kIo; kData when it is no zip archive, damaged, or has an encrypted entry
  explicit ZipFile(const fs::path& path);

  [[nodiscard]] const fs::path& path() const { return file_.path(); }
  [[nodiscard]] const std::map<std::string, Entry>& entries() const { return entries_; }

  /// The whole content, its checksum verified. throws kData, also when it is compressed, has more than max_bytes, or was saved without a checksum
  [[nodiscard]] std::vector<std::byte> read(const std::string& name, int64_t max_bytes) const;

  /// Reads an entry in pieces and compares its checksum. throws kData
  void verify(const std::string& name) const;

  /// Bytes of the file, wherever they are. throws kData at a short file
  void read_at(int64_t offset, std::span<std::byte> target) const;

 private:
  struct Table {
    int64_t offset = 0, bytes = 0, entries = 0;
  };
  [[nodiscard]] const Entry& stored(const std::string& name) const;
  void expect_crc(const std::string& name, const Entry& entry, uint32_t crc) const;
  [[nodiscard]] Table find_table() const;
  void read_table(const Table& table);
  void check_overlaps(std::vector<std::pair<int64_t, int64_t>> places) const;

  InputFile file_;
  std::map<std::string, Entry> entries_;
};

/// Writes entries one after the other, each stored and its content aligned to 64 bytes, as PyTorch aligns its tensors.
class ZipWriter {
 public:
  /// throws kCannotCreate
  explicit ZipWriter(const fs::path& path);

  /// throws kIo; kConfig when the archive would pass 4 GiB, where the plain format ends
  void add(const std::string& name, std::span<const std::byte> content);

  /// The table, then fsync and close. throws kIo
  void finish();

 private:
  void write(std::span<const std::byte> bytes);

  fs::path path_;
  OutputFile file_;
  int64_t offset_ = 0;
  int64_t count_ = 0;
  std::vector<std::byte> table_;
};

}  // namespace fovea::io
