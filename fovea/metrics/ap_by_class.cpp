#include "fovea/metrics/ap_by_class.h"

#include <fmt/format.h>

#include <algorithm>

namespace fovea::metrics {

io::OrderedJson ap_by_class(const CocoResult& result, std::span<const std::string> names, std::span<const int64_t> ids) {
  io::OrderedJson json = io::OrderedJson::object();
  for (size_t k = 0; k < names.size(); ++k) {
    const bool is_shared = std::ranges::count(names, names[k]) > 1;
    const double ap = result.class_ap(static_cast<int64_t>(k));
    json[is_shared ? fmt::format("{} ({})", names[k], ids[k]) : names[k]] = ap == kNoTruth ? io::OrderedJson(nullptr) : io::OrderedJson(ap);
  }
  return json;
}

}  // namespace fovea::metrics
