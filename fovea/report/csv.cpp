#include "fovea/report/csv.h"

namespace fovea::report {

void read_csv(std::string_view text, const std::function<void(const CsvRow&)>& row) {
  CsvRow fields(1);
  bool in_quotes = false;
  const auto finish = [&] {
    if (fields.size() > 1 || !fields[0].empty()) row(fields);
    fields.assign(1, "");
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_quotes) {
      if (c != '"') {
        fields.back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        fields.back() += text[++i];
      } else {
        in_quotes = false;
      }
    } else if (c == '"' && fields.back().empty()) {
      in_quotes = true;
    } else if (c == ',') {
      fields.emplace_back();
    } else if (c == '\n') {
      finish();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  if (!in_quotes) finish();
}

}  // namespace fovea::report
