#include "fovea/train/options.h"

namespace fovea::train {

const std::vector<Field>& TrainOptions::fields() {
  using T = TrainOptions;
  static const std::vector<Field> table{
      field("epochs", &T::epochs, "length of the whole training (total, not additional)", {.min = 0, .max = 1e6}),
      field("steps", &T::steps, "length in steps; overrides train.epochs", {.min = 1, .max = 1e12}),
      field("max_hours", &T::max_hours, "time limit of one session: then the run is saved and exits with 75", {.min = 0, .max = 1e5}),
      field("batch_size", &T::batch_size, "images of a step", {.min = 1, .max = 1 << 20}),
      field("micro_batch", &T::micro_batch, "images of one pass, gradients are accumulated; 0: the whole batch", {.min = 0, .max = 1 << 20}),
      field("precision", &T::precision, "bfloat16 or float32, of activations and products; weights, statistics and losses are float32"),
      field("seed", &T::seed, "of order, crops, mixing and first weights", {.min = 0, .max = 9e15}),
      field("label_smoothing", &T::label_smoothing, "share of the target spread over all classes", {.min = 0, .max = 1}),
      field("log_every", &T::log_every, "a line in the log"),
      field("eval_every", &T::eval_every, "an evaluation, one more at the end; none: no evaluation at all, and no best checkpoint"),
      field("eval_offset", &T::eval_offset, "train this long before the first train.eval_every begins: evaluations at eval_offset + n * eval_every"),
      field("eval_images", &T::eval_images,
            "evaluations in training score only this many pictures, the first ones (of class folders: the first classes); none: all", {.min = 1, .max = 1e12}),
      field("save_every", &T::save_every, "a checkpoint; one more at the end and when stopped"),
      field("keep_last", &T::keep_last, "newest checkpoints that are kept", {.min = 2, .max = 1e6}),
      field("keep_best", &T::keep_best, "best checkpoints that are kept; 0 unless given when train.eval_every is none", {.min = 0, .max = 1e6}),
      field("keep_every", &T::keep_every, "checkpoints at these intervals are never removed"),
      field("evaluate", &T::evaluate, "weights that the result counts for; with optim.ema both are evaluated"),
      field("eval_batch", &T::eval_batch, "images of an evaluation pass; 0: the training batch", {.min = 0, .max = 1 << 20}),
      field("stop_target", &T::stop_target, "top-1 or AP (a fraction) at which training is done", {.min = 0, .max = 1}),
      field("patience", &T::patience, "evaluations without a better top-1 or AP after which training is done; 0: off", {.min = 0, .max = 1e6}),
      field("on_nonfinite", &T::on_nonfinite, "a loss or gradient that is not finite: stop with code 80, skip the update, or roll back to the last checkpoint"),
      field("max_nonfinite", &T::max_nonfinite, "skips or rollbacks after which training stops all the same", {.min = 0, .max = 1e9}),
      field("deterministic", &T::deterministic, "the same sums on every run, also on a GPU (slower there)"),
  };
  return table;
}

}  // namespace fovea::train
