// TFRecord files (spec 1.6, docs/tfrecord.md): found by one scan, read at random, both checksums checked.
#pragma once

#include "fovea/base/error.h"
#include "fovea/base/file.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fovea::io {

constexpr int64_t kRecordHeaderBytes = 12;  ///< length and its CRC, before the payload
constexpr int64_t kRecordFooterBytes = 4;   ///< CRC of the payload, behind it

/// Where the payload of a record stands in its file.
struct RecordPlace {
  int64_t offset = 0;  ///< of the payload's first byte
  int64_t length = 0;  ///< bytes of payload
  bool operator==(const RecordPlace&) const = default;
};

/// What one scan over the length fields found. A damaged length field hides everything behind it: then `damage` says where and why,
/// and `records` holds what stands before it. A file that ends inside a record, also inside the 12 bytes before its payload, is damaged.
struct RecordScan {
  std::vector<RecordPlace> records;
  std::optional<std::string> damage;  ///< "PATH: record N at byte B: length CRC is 0x…, expected 0x…"; N counts from 0
  bool operator==(const RecordScan&) const = default;
};

/// Reads the length fields, never the payloads. Lengths over `max_record_bytes` or past the end of the file count as damage.
/// throws kMissing, kIo
/// cost   at most one pread and two pages a record; safe from several threads
RecordScan scan_records(const fs::path& path, int64_t max_record_bytes = int64_t{256} << 20);

/// Payload of record `number` of `file` (the number serves the message only), checksum verified. Safe from several threads.
/// throws kData "PATH: record N at byte B: data CRC is 0x…, expected 0x…", or "… the file ends inside the record"; kIo
std::vector<std::byte> read_record(const InputFile& file, RecordPlace place, int64_t number);

/// The bytes of one record as they stand in a file: length, CRC, payload, CRC.
std::vector<std::byte> framed_record(std::span<const std::byte> payload);

}  // namespace fovea::io
