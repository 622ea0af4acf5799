#include "fovea/optim/ema.h"

#include "fovea/optim/elementwise.h"

#include <algorithm>
#include <deque>

namespace fovea::optim {

Ema::Ema(nn::Parameters& parameters, double decay) : parameters_(parameters), decay_(decay) {
  for (const nn::Parameter& row : parameters.all()) values_.push_back(row.value.detach().clone());
}

void Ema::restart() {
  const at::NoGradGuard no_grad;
  size_t i = 0;
  for (const nn::Parameter& row : parameters_.all()) values_[i++].copy_(row.value);
}

void Ema::update(int64_t update_number) {
  FOVEA_CHECK(update_number >= 1, "update number {}", update_number);
  const at::NoGradGuard no_grad;
  const auto n = static_cast<double>(update_number);
  const double decay = std::min(decay_, (1 + n) / (10 + n));
  size_t i = 0;
  for (const nn::Parameter& row : parameters_.all()) approach(values_[i++], row.value, 1 - decay);
}

SwappedValues::SwappedValues(nn::Parameters& parameters, std::vector<Tensor>& values) : parameters_(parameters), values_(values) {
  FOVEA_CHECK(values.size() == parameters.all().size(), "{} values for {} parameters", values.size(), parameters.all().size());
  size_t i = 0;
  for (const nn::Parameter& row : parameters.all()) {
    FOVEA_CHECK(values[i].sizes() == row.value.sizes(), "value of \"{}\" has another shape", row.name);
    ++i;
  }
  swap();
}

SwappedValues::~SwappedValues() { swap(); }

void SwappedValues::swap() {
  size_t i = 0;
  for (nn::Parameter& row : parameters_.all()) {
    Tensor& other = values_[i++];
    // set_data and not std::swap: layers may hold the tensor itself, and it has to stay the leaf that its gradient belongs to
    const Tensor own = row.value.detach();
    row.value.set_data(other);
    row.value.unsafeGetTensorImpl()->bump_version();  // buffers derived from the weight see that it changed
    other = own;
  }
}

}  // namespace fovea::optim
