#include "fovea/kernels/detection_loss.h"

#include "fovea/kernels/softmax_simd.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace fovea::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The `count` largest of `losses` among rows without a class, the lower row at equal ones; a row with a class counts 0.
std::vector<int64_t> hardest(const float* losses, const int64_t* classes, int64_t rows, int64_t count) {
  std::vector<float> scores(static_cast<size_t>(rows));
  for (int64_t a = 0; a < rows; ++a) {
    // NaN has no place in an order: it is the hardest, and so seen
    scores[static_cast<size_t>(a)] = classes[a] > 0 ? 0.0F : std::isnan(losses[a]) ? std::numeric_limits<float>::infinity() : losses[a];
  }
  std::vector<int64_t> order(static_cast<size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  const auto is_harder = [&](int64_t a, int64_t b) {
    const float left = scores[static_cast<size_t>(a)], right = scores[static_cast<size_t>(b)];
    return left != right ? left > right : a < b;
  };
  std::nth_element(order.begin(), order.begin() + count, order.end(), is_harder);
  order.resize(static_cast<size_t>(count));
  return order;
}

float huber(float e) { return std::abs(e) <= 1 ? 0.5F * e * e : std::abs(e) - 0.5F; }

/// Loss of one picture.
struct Picture {
  double classes = 0, boxes = 0;
};

class Detection : public torch::autograd::Function<Detection> {
 public:
  static variable_list forward(AutogradContext* ctx, const Tensor& logits, const Tensor& offsets, const Tensor& classes, const Tensor& wanted,
                               double normalizer) {
    const int64_t images = logits.size(0), anchors = logits.size(1), columns = logits.size(2);
    const Tensor losses = at::empty({images, anchors}, logits.options()), log_sums = at::empty_like(losses), weights = at::zeros_like(losses);
    const auto *x = logits.data_ptr<float>(), *o = offsets.data_ptr<float>(), *t = wanted.data_ptr<float>();
    const auto* labels = classes.data_ptr<int64_t>();
    auto *loss = losses.data_ptr<float>(), *log_sum = log_sums.data_ptr<float>(), *weight = weights.data_ptr<float>();
    constexpr int64_t kGrain = 256;  // rows: enough work to be worth handing over
    at::parallel_for(0, images * anchors, kGrain, [&](int64_t begin, int64_t end) {
      softmax_losses(x + begin * columns, labels + begin, end - begin, columns, loss + begin, log_sum + begin);
    });

    std::vector<Picture> pictures(static_cast<size_t>(images));
    at::parallel_for(0, images, 1, [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) {
        const int64_t first = n * anchors;
        const auto positives = std::count_if(labels + first, labels + first + anchors, [](int64_t label) { return label > 0; });
        const double share = positives > 0 ? 1 / (static_cast<double>(positives) * normalizer) : 0;
        for (const int64_t a : hardest(loss + first, labels + first, anchors, std::min(kNegativesPerPositive * positives, anchors)))
          weight[first + a] = static_cast<float>(share);
        Picture& own = pictures[static_cast<size_t>(n)];
        for (int64_t row = first; row < first + anchors; ++row) {
          if (labels[row] > 0) {
            weight[row] += static_cast<float>(share);
            for (int64_t i = 4 * row; i < 4 * row + 4; ++i) own.boxes += static_cast<double>(huber(o[i] - t[i])) * share;
          }
          own.classes += static_cast<double>(loss[row]) * static_cast<double>(weight[row]);  // also where the weight is 0: a NaN is seen
        }
      }
    });
    Picture sum;
    for (const Picture& own : pictures) sum = {.classes = sum.classes + own.classes, .boxes = sum.boxes + own.boxes};
    ctx->save_for_backward({logits, offsets, classes, wanted, log_sums, weights});
    ctx->saved_data["normalizer"] = normalizer;
    const auto scalar = [&](double value) { return at::full({}, value, logits.options()); };
    variable_list results{scalar(sum.classes + sum.boxes), scalar(sum.classes), scalar(sum.boxes)};
    ctx->mark_non_differentiable({results[1], results[2]});
    return results;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &logits = saved[0], &offsets = saved[1];
    const int64_t images = logits.size(0), anchors = logits.size(1), columns = logits.size(2);
    const auto factor = gradients[0].item<float>();
    const double normalizer = ctx->saved_data["normalizer"].toDouble();
    const Tensor dlogits = at::empty_like(logits), doffsets = at::zeros_like(offsets);
    const auto *x = logits.data_ptr<float>(), *o = offsets.data_ptr<float>(), *t = saved[3].data_ptr<float>(), *log_sum = saved[4].data_ptr<float>(),
               *weight = saved[5].data_ptr<float>();
    const auto* labels = saved[2].data_ptr<int64_t>();
    auto *dx = dlogits.data_ptr<float>(), *db = doffsets.data_ptr<float>();
    at::parallel_for(0, images, 1, [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) {
        const int64_t first = n * anchors;
        const auto positives = std::count_if(labels + first, labels + first + anchors, [](int64_t label) { return label > 0; });
        const auto share = static_cast<float>(1 / (static_cast<double>(positives) * normalizer)) * factor;
        for (int64_t row = first; row < first + anchors; ++row) {
          float* own = dx + row * columns;
          if (weight[row] > 0) {
            softmax_gradient(x + row * columns, labels[row], log_sum[row], weight[row] * factor, columns, own);
          } else {
            std::fill_n(own, columns, 0.0F);
          }
          if (labels[row] == 0) continue;
          for (int64_t i = 4 * row; i < 4 * row + 4; ++i) db[i] = std::clamp(o[i] - t[i], -1.0F, 1.0F) * share;
        }
      }
    });
    return {dlogits, doffsets, Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

DetectionTerms detection_loss(const DetectionInput& input, double normalizer) {
  const variable_list terms =
      Detection::apply(input.logits.contiguous(), input.offsets.contiguous(), input.classes.contiguous(), input.wanted.contiguous(), normalizer);
  return {.total = terms[0], .classes = terms[1], .boxes = terms[2]};
}

}  // namespace fovea::kernels
