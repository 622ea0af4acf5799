#include "fovea/optim/options.h"

namespace fovea::optim {

const std::vector<Field>& OptimOptions::fields() {
  using O = OptimOptions;
  static const std::vector<Field> table{
      field("algorithm", &O::algorithm, "momentum as in TensorFlow 1 and PyTorch, momentum_keras with the rate inside the buffer, lars"),
      field("momentum", &O::momentum, "share of the last update that is kept", {.min = 0, .max = 0.9999}),
      field("weight_decay", &O::weight_decay, "w in the term w / 2 * sum of squares of kernels; gamma and beta are never decayed", {.min = 0, .max = 1}),
      field("decay_bias", &O::decay_bias, "decay the biases as well, as the reference does; LARS only with lars_double_decay"),
      field("lr", &O::lr, "peak learning rate per lr_batch images of the global batch", {.min = 0, .max = 1000}),
      field("lr_batch", &O::lr_batch, "images that lr is meant for; 0 = lr is the peak whatever the batch", {.min = 0}),
      field("schedule", &O::schedule, "what the rate does after warm-up"),
      field("epoch_steps", &O::epoch_steps, "steps of the schedule's epochs: images / batch exactly, or rounded down (Keras) or up (SSD)"),
      field("warmup_epochs", &O::warmup_epochs, "epochs in which the rate grows linearly from 0 to the peak", {.min = 0}),
      field("drop_epochs", &O::drop_epochs, "piecewise: epochs after which the rate drops, growing"),
      field("drop_factors", &O::drop_factors, "piecewise: share of the peak after each drop"),
      field("plateau_epochs", &O::plateau_epochs, "plateau_cosine: epoch at which the decay begins", {.min = 0}),
      field("decay_epochs", &O::decay_epochs, "cosine, polynomial, plateau_cosine: epoch at which the decay ends; 0 = the end of training", {.min = 0}),
      field("end_lr", &O::end_lr, "cosine, polynomial: rate at the end of the decay", {.min = 0}),
      field("floor_factor", &O::floor_factor, "plateau_cosine: share of the peak that is added to the rate after warm-up, and remains at the end",
            {.min = 0, .max = 1}),
      field("power", &O::power, "polynomial: exponent", {.min = 0, .max = 100}),
      field("lars_bands", &O::lars_bands,
            "LARS: peak by the global batch: lr for lr_batch images, in a straight line to 3.8 lr for 8 lr_batch, no further; above 8,191 images peak and "
            "warm-up from the reference's table"),
      field("lars_eta", &O::lars_eta, "LARS: trust coefficient", {.min = 0, .max = 1}),
      field("lars_double_decay", &O::lars_double_decay, "LARS: decay twice, in the loss and in the update, as the reference does"),
      field("clip_norm", &O::clip_norm, "largest norm of all gradients together; 0 = off", {.min = 0}),
      field("ema", &O::ema, "decay of the averaged weights; 0 = off", {.min = 0, .max = 0.999999}),
      field("freeze", &O::freeze, "names of parameters that are not trained, shell patterns such as layer1.*"),
      field("train_only", &O::train_only, "names of the only parameters that are trained, shell patterns such as fc.*; empty = all that freeze leaves"),
  };
  return table;
}

}  // namespace fovea::optim
