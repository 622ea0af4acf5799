#include "fovea/report/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fovea::report {
namespace {

using testing::ElementsAre;

std::vector<CsvRow> rows_of(std::string_view text) {
  std::vector<CsvRow> rows;
  read_csv(text, [&](const CsvRow& row) { rows.push_back(row); });
  return rows;
}

TEST(Csv, ReadsQuotesAsRfc4180Says) {
  EXPECT_THAT(rows_of("0,\"tench, Tinca \"\"t\"\"\",50\r\n1,,7"), ElementsAre(ElementsAre("0", "tench, Tinca \"t\"", "50"), ElementsAre("1", "", "7")));
}

TEST(Csv, LeavesOutARecordInAnOpenQuote) { EXPECT_THAT(rows_of("a,b\n1,\"cut of"), ElementsAre(ElementsAre("a", "b"))); }

TEST(Csv, HasNoRowsInAnEmptyText) { EXPECT_TRUE(rows_of("\n\n").empty()); }

}  // namespace
}  // namespace fovea::report
