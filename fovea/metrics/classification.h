// Scores of a classifier, kept as sums and counts: every picture once, ranks add up.
#pragma once

#include "fovea/metrics/figure.h"
#include "fovea/tensor/tensor.h"

#include <cstdint>
#include <vector>

namespace fovea::metrics {

/// One picture that the network got wrong with confidence.
struct Mistake {
  int64_t sample = 0, truth = 0, predicted = 0;
  float loss = 0, p_truth = 0, p_predicted = 0;
};

class ClassificationScores {
 public:
  /// keep: how many of the worst mistakes to remember (by loss)
  explicit ClassificationScores(int64_t num_outputs, int64_t keep = 0);

  /// logits [N, K] float32 and labels [N] int64 on any device; samples: identities, [N].
  /// top-1 is a hit when the label is the lowest index of the maximum (spec 1.5); top-5 when fewer than 5 logits are strictly greater (spec 2.7).
  /// A row with a non-finite logit counts as wrong, makes the loss NaN, and is in neither confusion() nor mistakes().
  ///
  /// throws  kData for a label outside 0 to K - 1, naming the sample; nothing of the batch is counted then
  void add(const Tensor& logits, const Tensor& labels, const std::vector<int64_t>& samples);

  [[nodiscard]] int64_t images() const { return images_; }
  [[nodiscard]] double top1() const;  ///< fraction; 0 before the first picture, as are the next two
  [[nodiscard]] double top5() const;
  [[nodiscard]] double loss() const;  ///< mean cross-entropy without smoothing
  [[nodiscard]] std::vector<Figure> figures() const { return {{"top1", top1()}, {"top5", top5()}}; }
  /// [K * K] counts, row = truth, column = predicted
  [[nodiscard]] const std::vector<int64_t>& confusion() const { return confusion_; }
  [[nodiscard]] int64_t num_outputs() const { return num_outputs_; }
  /// The worst first; at equal loss the lower sample first.
  [[nodiscard]] std::vector<Mistake> mistakes() const;

 private:
  void add_row(const float* logits, int64_t label, int64_t sample);
  void remember(const Mistake& mistake);

  int64_t num_outputs_, keep_;
  int64_t images_ = 0, top1_ = 0, top5_ = 0;
  double loss_sum_ = 0;
  std::vector<int64_t> confusion_;
  std::vector<Mistake> mistakes_;  // a heap: the mildest of those kept lies in front
};

}  // namespace fovea::metrics
