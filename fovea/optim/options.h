// What a recipe says about the update: optimiser, rate, decay, clipping, averaging.
#pragma once

#include "fovea/base/fields.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::optim {

enum class Algorithm {
  kMomentum,       ///< TF form (spec 1.4): a <- mu a + g; w <- w - lr a
  kMomentumKeras,  ///< Keras form: v <- mu v - lr g; w <- w + v
  kLars,           ///< spec 2.4
};
inline constexpr std::array<std::string_view, 3> kAlgorithmNames{"momentum", "momentum_keras", "lars"};
constexpr const auto& enum_names(Algorithm) { return kAlgorithmNames; }

enum class ScheduleKind { kConstant, kPiecewise, kCosine, kPolynomial, kPlateauCosine };
inline constexpr std::array<std::string_view, 5> kScheduleKindNames{"constant", "piecewise", "cosine", "polynomial", "plateau_cosine"};
constexpr const auto& enum_names(ScheduleKind) { return kScheduleKindNames; }

/// What the schedule takes for an epoch of N pictures in batches of G.
enum class EpochSteps {
  kExact,  ///< N / G, a real number (spec 2.4)
  kDown,   ///< its floor (spec 2.6, the Keras variant)
  kUp,     ///< its ceiling (spec 3.6)
};
inline constexpr std::array<std::string_view, 3> kEpochStepsNames{"exact", "down", "up"};
constexpr const auto& enum_names(EpochSteps) { return kEpochStepsNames; }

struct OptimOptions {
  Algorithm algorithm = Algorithm::kMomentum;
  double momentum = 0.9;
  double weight_decay = 1e-4;
  bool decay_bias = true;  ///< the dense bias is decayed as well, as the reference does (D-24)
  double lr = 0.128;       ///< peak rate per `lr_batch` images of the global batch
  int64_t lr_batch = 256;  ///< 0: `lr` is the peak itself, whatever the batch
  ScheduleKind schedule = ScheduleKind::kPiecewise;
  EpochSteps epoch_steps = EpochSteps::kExact;
  double warmup_epochs = 3;
  std::vector<double> drop_epochs{30, 60, 80, 90};           ///< piecewise (spec 2.4)
  std::vector<double> drop_factors{0.1, 0.01, 0.001, 1e-4};  ///< of the peak, after each drop
  double plateau_epochs = 15;                                ///< plateau_cosine: where the decay begins (spec 3.6)
  double decay_epochs = 0;                                   ///< cosine, polynomial, plateau_cosine: where the decay ends; 0 = the end of training
  double end_lr = 0;                                         ///< cosine, polynomial: the rate there
  double floor_factor = 0.01;                                ///< plateau_cosine: share of the peak that is added everywhere (spec 3.6)
  double power = 2;                                          ///< polynomial
  bool lars_bands = false;                                   ///< peak and warm-up by the global batch as in the reference's tables (spec 2.4)
  double lars_eta = 0.001;                                   ///< trust coefficient
  bool lars_double_decay = false;                            ///< the reference's double weight decay (D-5)
  double clip_norm = 0;                                      ///< global gradient norm; 0 = off
  double ema = 0;                                            ///< decay of the averaged weights; 0 = off
  std::vector<std::string> freeze;                           ///< shell patterns of parameter names
  std::vector<std::string> train_only;                       ///< shell patterns; empty = all (spec 2.3, fine_tune: only the classifier)

  static const std::vector<Field>& fields();
};

}  // namespace fovea::optim
