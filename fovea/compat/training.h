// What the estimator and the Keras program are told, in one form, and the commands that stand for it.
#pragma once

#include "fovea/compat/translate.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fovea::compat {

inline constexpr int64_t kLarsEpochs = 38;  ///< optim.decay_epochs of the recipes, and all that a LARS launch of several workers trains (spec 2.4)

enum class Family { kSgd, kLars, kResnext, kKeras };

/// The part of a recipe that the reference's flags reach.
struct Rates {
  std::string schedule;  ///< optim.schedule
  double lr = 0;         ///< optim.lr
  double momentum = 0.9;
  double weight_decay = 1e-4;
  double label_smoothing = 0;
  double warmup_epochs = 3;
};

/// What the recipes of a family have (spec 2.2 to 2.6). LARS: of the launcher for one card of 256 pictures; its recipes make the
/// peak follow the batch.
Rates rates_of(Family family);

/// The keys and texts of `rates`: {"optim.lr", "0.128"}, ...
std::vector<std::pair<std::string, std::string>> keys_of(const Rates& rates);

/// "resnet101-lars", "resnext50"; for sizes without a recipe of their own that of 50, to be used with --model.
/// throws kUsage for a ResNeXt of another size than 50, 101, 152
std::string recipe_of(Family family, int64_t size);

struct Training {
  Family family = Family::kSgd;
  Rates rates;  ///< rates_of(family), changed as the flags say
  int64_t size = 50;
  std::string data;
  std::string run_dir;
  int64_t batch = 0;    ///< of one worker
  int64_t workers = 1;  ///< that the reference would start
  bool is_bfloat16 = false;
  int64_t epochs = 0;
  std::optional<int64_t> steps;      ///< the training ends at the earlier of both
  double lars_epochs = kLarsEpochs;  ///< LARS: where the decay ends
  bool trains_dense_only = false;

  bool evaluates = true;
  bool evaluates_by_clock = false;
  int64_t epochs_between_evals = 1;
  int64_t eval_offset = 0;  ///< epochs before the first cycle; not part of `epochs`
  std::optional<int64_t> eval_batches;
  std::optional<double> stop_threshold;

  int64_t log_steps = 1;
  std::optional<std::string> save_every;  ///< nothing: one checkpoint, at the end
  int64_t keep = 5;
  std::optional<int64_t> loader_threads, compute_threads;
  std::string profile;     ///< "A,B"; empty: none
  std::string export_dir;  ///< empty: none
};

/// Adds the commands and what there is to say about them.
/// throws kUsage when a number is out of range
void add_training(const Training& training, const Surroundings& surroundings, Translation& translation);

/// "/tmp" as the folder of a run: a folder in it, because a run has its folder for itself. Others are returned as they are.
std::string run_folder(const std::string& model_dir, const std::string& recipe, Translation& translation);

/// The same for one program each (launchers.cpp, main_programs.cpp, ssd.cpp, preprocess.cpp, runner.cpp).
Translation translate_demo_resnet(const std::vector<std::string>& arguments, const Surroundings& surroundings);
Translation translate_demo_keras_resnet(const std::vector<std::string>& arguments, const Surroundings& surroundings);
Translation translate_demo_resnet_hvd(const std::vector<std::string>& arguments, const Surroundings& surroundings);
Translation translate_imagenet_main(const std::vector<std::string>& arguments, const Surroundings& surroundings);
Translation translate_resnet_ctl(const std::vector<std::string>& arguments, const Surroundings& surroundings);
Translation translate_ssd(const std::vector<std::string>& arguments, const Surroundings& surroundings);
Translation translate_demo_ssd(const std::vector<std::string>& arguments, const Surroundings& surroundings);
Translation translate_create_coco(const std::vector<std::string>& arguments, const Surroundings& surroundings);
Translation translate_preprocess_imagenet(const std::vector<std::string>& arguments, const Surroundings& surroundings);
Translation translate_model_runner(const std::vector<std::string>& arguments, const Surroundings& surroundings);

}  // namespace fovea::compat
