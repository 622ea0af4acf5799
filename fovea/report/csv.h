// Comma-separated values (RFC 4180): the tables that an evaluation leaves behind.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::report {

using CsvRow = std::vector<std::string>;

/// Calls `row` for every complete record, the heading included: a last one without its newline counts, one inside an open quote does not.
/// Fields in quotes may hold commas, newlines and doubled quotes. The row is reused: copy what should stay.
void read_csv(std::string_view text, const std::function<void(const CsvRow&)>& row);

}  // namespace fovea::report
