// Reading what may be missing, damaged or huge: the page shows what there is and says what is not.
#pragma once

#include "fovea/base/file.h"
#include "fovea/io/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fovea::report {

enum class Keep { kBeginning, kEnd };

/// At most max_bytes of a file; nothing when it is missing. What is cut off or cannot be read is said in `notes`.
std::optional<std::string> text_of(const fs::path& path, int64_t max_bytes, Keep keep, std::vector<std::string>& notes);

/// A JSON file of at most 16 MiB; nothing when it is missing. Damage is said in `notes`.
std::optional<io::Json> json_of(const fs::path& path, std::vector<std::string>& notes);

/// Members of an object that may be absent or of another type than expected: then nothing, "", 0.
std::optional<double> number_in(const io::Json& object, const char* key);
std::string text_in(const io::Json& object, const char* key);
int64_t count_in(const io::Json& object, const char* key);

}  // namespace fovea::report
