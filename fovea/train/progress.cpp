#include "fovea/train/progress.h"

#include "fovea/base/strings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fovea::train {
namespace {

/// "2.1e-3": small rates are compared by their exponent. At most three digits, as recipes write them.
std::string rate_text(double rate) {
  if (rate == 0 || std::abs(rate) >= 0.01 || !std::isfinite(rate)) return fmt::format("{:.3g}", rate);
  const std::string digits = fmt::format("{:.2e}", rate);  // "2.10e-03"
  const size_t e = digits.find('e');
  const double mantissa = *parse_double(digits.substr(0, e));
  const int64_t exponent = *parse_int(digits.substr(e + 1));
  return fmt::format("{:g}e{}", mantissa, exponent);
}

/// Four significant digits.
std::string loss_text(double loss) { return fmt::format("{:#.4g}", loss); }

/// "31.2", "139": one decimal below a hundred.
std::string short_number(double value) { return value < 99.95 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value); }

std::string gigabytes(int64_t bytes) { return short_number(static_cast<double>(bytes) / (1 << 30)); }

std::string beginning(const Progress& progress) {
  return fmt::format("epoch {}/{} step {}/{} loss {}", progress.epoch, progress.epochs, progress.step, progress.total_steps, loss_text(progress.loss));
}

}  // namespace

std::string live_line(const Progress& progress) { return beginning(progress) + fmt::format(" {} img/s", short_number(progress.images_per_second)); }

std::string progress_line(const Progress& progress) {
  std::string line = beginning(progress);
  if (progress.parts) line += fmt::format(" (cls {} box {})", loss_text(progress.parts->classes), loss_text(progress.parts->boxes));
  if (progress.top1) line += fmt::format(" top1 {:.4f}", *progress.top1);
  line += fmt::format(" lr {} {} img/s wait {:.0f}%", rate_text(progress.lr), short_number(progress.images_per_second), 100 * progress.wait_fraction);
  if (progress.device_bytes && progress.device_limit_bytes) {
    line += fmt::format(" mem {}/{}G", gigabytes(*progress.device_bytes), gigabytes(*progress.device_limit_bytes));
  }
  return line + fmt::format(" host {}G eta {}", gigabytes(progress.host_bytes), format_duration(progress.eta_seconds));
}

std::string evaluation_line(const EvaluationSummary& summary) {
  constexpr size_t kShown = 3;
  std::string line = fmt::format("eval step {}", summary.step);
  for (size_t i = 0; i < std::min(kShown, summary.figures.size()); ++i) line += fmt::format(" {} {:.4f}", summary.figures[i].name, summary.figures[i].value);
  line += fmt::format(" loss {}", loss_text(summary.loss));
  if (summary.other) line += fmt::format(" ({} {:.4f})", summary.other_name, *summary.other);
  return line + fmt::format(" {} images {} best step {}", summary.images, format_duration(summary.seconds), summary.best_step);
}

}  // namespace fovea::train
