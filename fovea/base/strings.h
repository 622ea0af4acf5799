// Text for people: nearest names, units, durations, numbers written and read without a locale.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

/// Number of single-character edits (insert, delete, replace, swap of neighbours) from a to b.
int edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `name`, if near enough to be a likely misspelling (at most a third of its length, at least one edit allowed).
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> candidates);

/// `; did you mean "X"?`, or `; known: a, b, c` when nothing is near. Ready to append to a message.
std::string suggestion(std::string_view name, std::span<const std::string> candidates);

std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string join(std::span<const std::string> parts, std::string_view separator);
/// "a, b, c and 12 more": as many as fit a line or two of a message.
std::string join_first(std::span<const std::string> parts);

/// Control characters as escapes ("\\n", "\\x1b"), so that a name from a file can neither break a line nor steer the terminal. Of a text of more than
/// `max_bytes` the middle is left out.
std::string one_line(std::string_view text, size_t max_bytes = std::string_view::npos);
/// Bytes of a name from somebody else's file that a message shows (chosen: longer than any layer's).
inline constexpr size_t kShownName = 120;

/// Lower case, '-' replaced by '_': names of models and recipes compare equal under it.
std::string normal_name(std::string_view name);

/// "1.5 GiB", "312 MiB", "87 B".
std::string format_bytes(double bytes);

/// "7h41m", "3m05s", "12.3s".
std::string format_duration(double seconds);

/// "25,557,032".
std::string format_count(int64_t value);
/// "1 thread", "2,000 threads".
std::string format_count(int64_t value, std::string_view noun);

/// Four significant digits without exponent where that is short: "6.913", "0.0021", "1.2e-07".
std::string format_number(double value);

/// Reads a whole text as a number; nothing when anything is left over. Accepts "1e-3", ".5", "+2"; refuses "0x10", "nan", "".
std::optional<double> parse_double(std::string_view text);
std::optional<int64_t> parse_int(std::string_view text);

/// Does `text` match a shell pattern with '*' (any run) and '?' (any one character)?
bool matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace fovea
