// Where the time of the profiled steps went, in words and tables: the answer without a viewer.
#pragma once

#include "fovea/base/trace.h"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fovea::train {

/// What the summary has to know beside the spans.
struct ProfileFacts {
  std::string what;            ///< recipe, network, device, precision, threads: a line of the summary
  int64_t batch_size = 0;      ///< pictures of a step
  int64_t loader_threads = 1;  ///< that there are, busy or not
  bool on_device = false;      ///< work is begun here and done elsewhere
};

/// Sums over spans, in seconds.
struct ProfileTotals {
  struct Layer {
    double forward = 0, backward = 0;
    [[nodiscard]] double both() const { return forward + backward; }
  };
  std::vector<double> steps;                              ///< one for each step
  std::array<double, kActivityNames.size()> whole{};      ///< of spans without a part, by activity; 0 for kStep
  std::map<std::string, Layer> layers;                    ///< and "loss", of which only the backward is a part
  std::map<int64_t, std::map<Activity, double>> loaders;  ///< by thread
  int64_t pictures_loaded = 0;

  void add(const Span& span);
  [[nodiscard]] double of(Activity activity) const { return whole[static_cast<size_t>(activity)]; }
  [[nodiscard]] double seconds() const;  ///< of all steps
};

struct ProfileSummary {
  std::string verdict;  ///< one or two sentences
  std::string text;     ///< the verdict and the tables
};

/// totals  of at least one step
ProfileSummary profile_summary(const ProfileTotals& totals, const ProfileFacts& facts, const std::string& title);

}  // namespace fovea::train
