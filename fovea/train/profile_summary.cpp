#include "fovea/train/profile_summary.h"

#include "fovea/base/error.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace fovea::train {
namespace {

// In the order of a step.
constexpr std::array kComputing{Activity::kInput,        Activity::kForward, Activity::kLoss,      Activity::kBackward,
                                Activity::kDecayAndClip, Activity::kCheck,   Activity::kOptimiser, Activity::kAverage};
constexpr std::array kKeeping{Activity::kLog, Activity::kEvaluate, Activity::kSave};
constexpr double kInputBound = 0.2;   // chosen: as the warning during training, below which more loader threads could not gain much
constexpr double kWorthSaying = 0.2;  // chosen: below, the verdict on the whole is that on training
constexpr double kManyTimes = 20;     // chosen: beyond it the estimate rests on too little work of the loader

template <class Activities>
double sum_of(const ProfileTotals& totals, const Activities& activities) {
  return std::accumulate(activities.begin(), activities.end(), 0.0, [&](double sum, Activity activity) { return sum + totals.of(activity); });
}

std::string percent(double part, double all) { return fmt::format("{:.0f} %", all > 0 ? 100 * part / all : 0.0); }

struct Group {
  std::string name;
  ProfileTotals::Layer time;
};

/// The stage with the most time: "layer3" stands for layer3.0, layer3.1, ...
Group largest_group(const ProfileTotals& totals) {
  std::map<std::string, ProfileTotals::Layer> groups;
  for (const auto& [name, time] : totals.layers) {
    ProfileTotals::Layer& group = groups[name.substr(0, name.find('.'))];
    group.forward += time.forward;
    group.backward += time.backward;
  }
  const auto largest = std::max_element(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.second.both() < b.second.both(); });
  return largest == groups.end() ? Group{} : Group{.name = largest->first, .time = largest->second};
}

double busy_seconds(const ProfileTotals& totals) {
  double busy = 0;
  for (const auto& [thread, work] : totals.loaders) {
    for (const auto& [activity, seconds] : work) busy += seconds;
  }
  return busy;
}

/// How many times faster than they were asked to the loader's threads could work.
double input_reserve(const ProfileTotals& totals, const ProfileFacts& facts, double training_seconds) {
  const double busy = busy_seconds(totals);
  if (totals.pictures_loaded == 0 || busy <= 0) return 0;
  const double possible = static_cast<double>(facts.loader_threads * totals.pictures_loaded) / busy;  // pictures a second
  const double asked = static_cast<double>(totals.steps.size()) * static_cast<double>(facts.batch_size) / training_seconds;
  return possible / asked;
}

std::string reserve_sentence(double reserve) {
  if (reserve <= 0) return "In this time the loader prepared nothing, so its speed is not known.";
  if (reserve >= kManyTimes) return fmt::format("The input would manage more than {:.0f} times this speed.", kManyTimes);
  return fmt::format("The input would manage about {:.1f} times this speed.", reserve);
}

std::string computing_sentence(const ProfileTotals& totals, double training_seconds) {
  std::string text = fmt::format("limited by computing ({} of the time)", percent(sum_of(totals, kComputing), training_seconds));
  const Group most = largest_group(totals);
  if (!most.name.empty()) {
    text += fmt::format("; {} takes most, {} (forward {}, backward {})", most.name, percent(most.time.both(), training_seconds),
                        percent(most.time.forward, training_seconds), percent(most.time.backward, training_seconds));
  }
  return text;
}

std::string verdict_on(const ProfileTotals& totals, const ProfileFacts& facts) {
  const double all = totals.seconds(), keeping = sum_of(totals, kKeeping), training = all - keeping, waiting = totals.of(Activity::kWait);
  std::string text;
  if (keeping > kWorthSaying * all)
    text = fmt::format("Logging, evaluating and saving took {} of these steps. Apart from them the step is ", percent(keeping, all));
  if (text.empty()) text = "The step is ";
  if (waiting < kInputBound * training) return text + computing_sentence(totals, training) + ". " + reserve_sentence(input_reserve(totals, facts, training));
  const double busy = busy_seconds(totals) / (all * static_cast<double>(facts.loader_threads));
  return text + fmt::format(
                    "limited by the input: {} of the time goes by waiting for data, with {} loader thread{} busy {} of it. More threads (data.threads) "
                    "help while there are cores for them; `fovea bench input` shows which part is slow.",
                    percent(waiting, training), facts.loader_threads, facts.loader_threads == 1 ? "" : "s", percent(busy, 1));
}

std::string row(double part, double all, double steps, std::string_view name) {
  return fmt::format("{:6.1f} % {:11.2f} ms   {}\n", 100 * part / all, 1000 * part / steps, name);
}

std::string where_time_goes(const ProfileTotals& totals) {
  const double all = totals.seconds();
  const auto steps = static_cast<double>(totals.steps.size());
  std::string text = "   share       a step   where the time goes\n";
  text += row(totals.of(Activity::kWait), all, steps, name_of(Activity::kWait));
  const auto add = [&](Activity activity) {
    if (totals.of(activity) > 0) text += row(totals.of(activity), all, steps, name_of(activity));  // averages and evaluations may not be there
  };
  std::for_each(kComputing.begin(), kComputing.end(), add);
  std::for_each(kKeeping.begin(), kKeeping.end(), add);
  const double named = totals.of(Activity::kWait) + sum_of(totals, kComputing) + sum_of(totals, kKeeping);
  return text + row(all - named, all, steps, "the rest") + row(all, all, steps, "one step");
}

std::string layer_table(const ProfileTotals& totals) {
  const double all = totals.seconds();
  const auto steps = static_cast<double>(totals.steps.size());
  std::vector<Group> rows;
  Group rest{.name = "between the layers", .time = {.forward = totals.of(Activity::kForward), .backward = totals.of(Activity::kBackward)}};
  for (const auto& [name, time] : totals.layers) {
    rows.push_back({.name = name, .time = time});
    rest.time.forward -= time.forward;
    rest.time.backward -= time.backward;
  }
  rows.push_back(rest);
  std::stable_sort(rows.begin(), rows.end(), [](const Group& a, const Group& b) { return a.time.both() > b.time.both(); });
  std::string text = "   share      forward     backward   layer\n";
  // the loss has no forward part of its own here, a frozen layer no backward
  const auto cell = [&](double seconds) { return seconds > 0 ? fmt::format("{:9.2f} ms", 1000 * seconds / steps) : fmt::format("{:>12}", "-"); };
  for (const Group& r : rows) text += fmt::format("{:6.1f} % {} {}   {}\n", 100 * r.time.both() / all, cell(r.time.forward), cell(r.time.backward), r.name);
  return text;
}

std::string loader_table(const ProfileTotals& totals, const ProfileFacts& facts) {
  const double all = totals.seconds();
  std::string text = "    busy     read   decode   resample   loader thread\n";
  int64_t number = 0;
  for (const auto& [thread, work] : totals.loaders) {
    const auto share = [&](Activity activity) {
      const auto found = work.find(activity);
      return found == work.end() ? 0.0 : 100 * found->second / all;
    };
    const double read = share(Activity::kRead), decode = share(Activity::kDecode), resample = share(Activity::kResample);
    text += fmt::format("{:6.1f} % {:6.1f} % {:6.1f} % {:8.1f} %   {}\n", read + decode + resample, read, decode, resample, ++number);
  }
  if (number < facts.loader_threads) text += fmt::format("{} of {} threads had nothing to do\n", facts.loader_threads - number, facts.loader_threads);
  return text;
}

}  // namespace

void ProfileTotals::add(const Span& span) {
  if (span.activity == Activity::kStep) {
    steps.push_back(span.seconds());
  } else if (is_loading(span.activity)) {
    loaders[span.thread][span.activity] += span.seconds();
    pictures_loaded += span.activity == Activity::kRead ? 1 : 0;
  } else if (span.part.empty()) {
    whole[static_cast<size_t>(span.activity)] += span.seconds();
  } else {
    Layer& layer = layers[span.part];
    (span.activity == Activity::kForward ? layer.forward : layer.backward) += span.seconds();
  }
}

double ProfileTotals::seconds() const { return std::accumulate(steps.begin(), steps.end(), 0.0); }

ProfileSummary profile_summary(const ProfileTotals& totals, const ProfileFacts& facts, const std::string& title) {
  FOVEA_CHECK(!totals.steps.empty(), "a profile of no step");
  const auto [shortest, longest] = std::minmax_element(totals.steps.begin(), totals.steps.end());
  const auto steps = static_cast<double>(totals.steps.size());
  ProfileSummary summary{.verdict = verdict_on(totals, facts)};
  summary.text = fmt::format("{}\n{}\n\n{}\n\nA step takes {:.1f} ms ({:.1f} to {:.1f}) for {} pictures: {:.1f} pictures a second.\n\n", title, facts.what,
                             summary.verdict, 1000 * totals.seconds() / steps, 1000 * *shortest, 1000 * *longest, facts.batch_size,
                             steps * static_cast<double>(facts.batch_size) / totals.seconds());
  summary.text += where_time_goes(totals) + "\n" + layer_table(totals) + "\n" + loader_table(totals, facts);
  if (facts.on_device) {
    summary.text += fmt::format(
        "\nA device works on while this process goes ahead: the times of layers are those of beginning their work, and the time until it "
        "was done stands in \"{}\".\n",
        name_of(Activity::kCheck));
  }
  return summary;
}

}  // namespace fovea::train
