#include "fovea/report/json_line.h"

#include "fovea/base/strings.h"
#include "fovea/io/json.h"

#include <charconv>
#include <limits>
#include <optional>

namespace fovea::report {

namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(trim(text)) {}

  bool take(char wanted) {
    skip_space();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  // With its quotes.
  std::optional<std::string_view> quoted() {
    skip_space();
    if (!rest_.starts_with('"')) return std::nullopt;
    for (size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') {
        ++i;
      } else if (rest_[i] == '"') {
        const std::string_view token = rest_.substr(0, i + 1);
        rest_.remove_prefix(i + 1);
        return token;
      }
    }
    return std::nullopt;
  }

  std::optional<double> number() {
    skip_space();
    if (take("null") || take("NaN") || take("Infinity") || take("-Infinity")) return std::numeric_limits<double>::quiet_NaN();
    if (take("true")) return 1;
    if (take("false")) return 0;
    double value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error == std::errc::invalid_argument || end == rest_.data()) return std::nullopt;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return error == std::errc{} ? value : std::numeric_limits<double>::quiet_NaN();
  }

  [[nodiscard]] bool starts_text() {
    skip_space();
    return rest_.starts_with('"');
  }
  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

 private:
  void skip_space() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t')) rest_.remove_prefix(1);
  }
  std::string_view rest_;
};

}  // namespace

bool read_flat_object(std::string_view line, FlatObject& object) {
  object.numbers.clear();
  object.texts.clear();
  Scanner scanner(line);
  if (!scanner.take('{')) return false;
  if (scanner.take('}')) return scanner.is_at_end();
  do {
    const auto key = scanner.quoted();
    if (!key || !scanner.take(':')) return false;
    const std::string_view name = key->substr(1, key->size() - 2);
    if (scanner.starts_text()) {
      const auto token = scanner.quoted();
      if (!token) return false;
      const io::Json text = io::Json::parse(*token, nullptr, false);
      if (!text.is_string()) return false;
      object.texts.push_back({name, text.get<std::string>()});
    } else {
      const auto value = scanner.number();
      if (!value) return false;
      object.numbers.push_back({name, *value});
    }
  } while (scanner.take(','));
  return scanner.take('}') && scanner.is_at_end();
}

}  // namespace fovea::report
