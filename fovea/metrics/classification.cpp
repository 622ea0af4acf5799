#include "fovea/metrics/classification.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace fovea::metrics {
namespace {

/// Orders by badness, and completely, so that what is kept does not depend on the order of the pictures.
bool is_worse(const Mistake& a, const Mistake& b) { return a.loss != b.loss ? a.loss > b.loss : a.sample < b.sample; }

double fraction(double part, int64_t whole) { return whole == 0 ? 0 : part / static_cast<double>(whole); }

}  // namespace

ClassificationScores::ClassificationScores(int64_t num_outputs, int64_t keep) : num_outputs_(num_outputs), keep_(keep) {
  FOVEA_CHECK(num_outputs > 0 && keep >= 0, "{} outputs, {} mistakes", num_outputs, keep);
  confusion_.resize(num_outputs * num_outputs);
}

void ClassificationScores::add(const Tensor& logits, const Tensor& labels, const std::vector<int64_t>& samples) {
  const auto rows = static_cast<int64_t>(samples.size());
  expect_shape(logits, {rows, num_outputs_}, "logits");
  expect_shape(labels, {rows}, "labels");
  // A batch of logits is small (1 MB for 256 pictures of 1,000 classes): the rules below are plainest as a loop on the CPU
  const Tensor values = logits.detach().to(at::kCPU, at::kFloat).contiguous();
  const Tensor truths = labels.to(at::kCPU, at::kLong).contiguous();
  const int64_t* truth = truths.data_ptr<int64_t>();
  for (int64_t row = 0; row < rows; ++row) {
    if (truth[row] >= 0 && truth[row] < num_outputs_) continue;
    fail(ErrorCode::kData, "sample {} has label {}, expected 0 to {}", samples[row], truth[row], num_outputs_ - 1);
  }
  for (int64_t row = 0; row < rows; ++row) add_row(values.data_ptr<float>() + row * num_outputs_, truth[row], samples[row]);
}

void ClassificationScores::add_row(const float* logits, int64_t label, int64_t sample) {
  const std::span<const float> row(logits, static_cast<size_t>(num_outputs_));
  ++images_;
  if (!std::all_of(row.begin(), row.end(), [](float logit) { return std::isfinite(logit); })) {
    loss_sum_ = std::numeric_limits<double>::quiet_NaN();
    return;
  }
  const int64_t predicted = std::max_element(row.begin(), row.end()) - row.begin();  // the first of equal ones
  const auto greater = std::count_if(row.begin(), row.end(), [&](float logit) { return logit > row[label]; });
  double sum = 0;
  for (const float logit : row) sum += std::exp(double{logit} - row[predicted]);
  const double loss = std::log(sum) - (double{row[label]} - row[predicted]);

  loss_sum_ += loss;
  top1_ += predicted == label ? 1 : 0;
  top5_ += greater < 5 ? 1 : 0;
  ++confusion_[label * num_outputs_ + predicted];
  if (predicted == label || keep_ == 0) return;
  remember({.sample = sample,
            .truth = label,
            .predicted = predicted,
            .loss = static_cast<float>(loss),
            .p_truth = static_cast<float>(std::exp(-loss)),
            .p_predicted = static_cast<float>(1 / sum)});
}

void ClassificationScores::remember(const Mistake& mistake) {
  if (static_cast<int64_t>(mistakes_.size()) == keep_) {
    if (!is_worse(mistake, mistakes_.front())) return;
    std::pop_heap(mistakes_.begin(), mistakes_.end(), is_worse);
    mistakes_.pop_back();
  }
  mistakes_.push_back(mistake);
  std::push_heap(mistakes_.begin(), mistakes_.end(), is_worse);
}

double ClassificationScores::top1() const { return fraction(static_cast<double>(top1_), images_); }
double ClassificationScores::top5() const { return fraction(static_cast<double>(top5_), images_); }
double ClassificationScores::loss() const { return fraction(loss_sum_, images_); }

std::vector<Mistake> ClassificationScores::mistakes() const {
  std::vector<Mistake> sorted = mistakes_;
  std::sort(sorted.begin(), sorted.end(), is_worse);
  return sorted;
}

}  // namespace fovea::metrics
