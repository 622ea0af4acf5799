// How help looks: short enough for a screen, wrapped at the width of the terminal; everything only on request.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace fovea::cli {

/// Options of this group stand in --help-all only.
inline constexpr const char* kFurtherOptions = "Further options";

/// A text of several lines at the width of the terminal; what does not fit goes on below, at the indentation of its line.
std::string wrapped_lines(std::string_view text, int columns);

class HelpFormat final : public CLI::Formatter {
 public:
  HelpFormat();

  /// columns   of the terminal
  /// is_all    --help-all: further options, ranges of values, and the key of the recipe behind each flag
  /// has_keys  --help-all ends with the keys of a recipe
  void prepare(int columns, bool is_all, bool has_keys);

  std::string make_description(const CLI::App* app) const override;
  std::string make_group(std::string group, bool is_positional, std::vector<const CLI::Option*> options) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App* sub) const override;
  /// What --help-all has beyond this.
  std::string make_footer(const CLI::App* app) const override;

 private:
  [[nodiscard]] std::string row(const std::string& name, const std::string& text) const;
  int columns_ = 100;
  bool is_all_ = false, has_keys_ = false;
};

}  // namespace fovea::cli
