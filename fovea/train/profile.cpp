#include "fovea/train/profile.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"
#include "fovea/io/gzip.h"

#include <utility>

namespace fovea::train {
namespace {

constexpr std::string_view kTraceName = "rank0.trace.json.gz";

std::string steps_text(int64_t first, int64_t last) { return first == last ? fmt::format("step {}", first) : fmt::format("steps {} to {}", first, last); }

}  // namespace

ProfileWindow profile_window(std::string_view text) {
  const Advice advice{"--profile 50,53, which records the steps 50, 51, 52 and 53"};
  const std::vector<std::string> parts = split(text, ',');
  const auto first = parts.size() == 2 ? parse_int(trim(parts[0])) : std::nullopt, last = parts.size() == 2 ? parse_int(trim(parts[1])) : std::nullopt;
  if (!first || !last) fail(ErrorCode::kUsage, advice, "--profile: expected two steps \"FIRST,LAST\", found \"{}\"", text);
  if (*first < 1) fail(ErrorCode::kUsage, advice, "--profile: steps count from 1, found \"{}\"", text);
  if (*first > *last)
    fail(ErrorCode::kUsage, Advice{fmt::format("--profile {},{}", *last, *first)}, "--profile: the first step {} comes after the last, {}", *first, *last);
  return {.first = *first, .last = *last};
}

void check_profile_window(const ProfileWindow& window, int64_t total_steps) {
  if (window.last <= total_steps) return;
  fail(ErrorCode::kUsage, Advice{"steps within the run, or a longer run (--epochs, --steps)"}, "--profile {},{}: the run ends with step {}", window.first,
       window.last, total_steps);
}

Profile::Profile(const ProfileWindow& window, const ProfileFacts& facts, fs::path run_dir, int64_t steps_done, Log& log)
    : window_(window), facts_(facts), folder_(std::move(run_dir) / "profile" / fmt::format("steps-{}-{}", window.first, window.last)), log_(log) {
  is_over_ = steps_done >= window.last;
  if (steps_done < window.first) return;
  log_.warning("--profile {},{}: the run goes on at step {}, {}", window.first, window.last, steps_done + 1,
               is_over_ ? "behind these steps: nothing will be profiled" : "so only " + steps_text(steps_done + 1, window.last) + " will be profiled");
}

void Profile::step_begins(int64_t step) {
  if (is_over_) return;
  const bool is_inside = step >= window_.first && step <= window_.last;
  if (step_ == 0 && !is_inside) return;
  if (step_ != 0) {
    end_step();
    if (!is_inside || step <= last_recorded_) return write();
  } else {
    trace_.start();
    first_recorded_ = step;
  }
  step_ = step;
  step_began_ = Trace::Clock::now();
}

void Profile::end() {
  if (is_over_) return;
  if (step_ == 0) return log_.warning("--profile {},{}: the run did not come to these steps, nothing was profiled", window_.first, window_.last);
  end_step();
  write();
}

void Profile::end_step() {
  trace_.add(Activity::kStep, fmt::format("step {}", step_), step_began_);
  Trace::Recorded recorded = trace_.take();
  for (const Span& span : recorded.spans) {
    totals_.add(span);
    file_.add(span);
  }
  lost_ += recorded.left_out;
  last_recorded_ = std::exchange(step_, 0);
}

void Profile::write() {
  trace_.stop();
  is_over_ = true;
  const bool is_short = first_recorded_ != window_.first || last_recorded_ != window_.last;
  const std::string title = fmt::format("Profile of {}{}", steps_text(first_recorded_, last_recorded_),
                                        is_short ? fmt::format(", of {},{} that were asked for", window_.first, window_.last) : "");
  ProfileSummary summary = profile_summary(totals_, facts_, title);
  summary.text += fmt::format("\n{} ({} spans) opens in https://ui.perfetto.dev and in chrome://tracing.\n", kTraceName, format_count(file_.written()));
  if (file_.left_out() > 0)
    summary.text += fmt::format("{} further spans were left out of it, which is limited to {} of text; the figures above count them.\n",
                                format_count(file_.left_out()), format_bytes(static_cast<double>(kMaxTraceText)));
  if (lost_ > 0) summary.text += fmt::format("{} spans are missing above too: no step may have more.\n", format_count(lost_));
  try {
    make_directories(folder_);
    write_atomically(folder_ / kTraceName, std::span<const std::byte>(io::gzip(file_.json())));
    write_atomically(folder_ / "summary.txt", summary.text);
    log_.info("{}: {}\n  {} has more", title, summary.verdict, (folder_ / "summary.txt").string());
  } catch (const Error& error) {  // a full disk must not end a training
    log_.warning("the profile could not be written: {}", error.what());
  }
}

}  // namespace fovea::train
