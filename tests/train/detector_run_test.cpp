// A detector's training: the same trainer, with targets, scores and resume of its own kind.
#include "fovea/data/shapes.h"
#include "fovea/model/ssd.h"

#include "tests/train/tiny_run.h"

#include <gmock/gmock.h>

#include <signal.h>

namespace fovea::train {
namespace {

/// SSD-ResNet18, nearly all of it frozen, on eight drawn pictures with boxes: 300 pixels are the smallest that it takes.
class DetectorRun : public TinyRun {
 public:
  DetectorRun() {
    data::make_shapes(folder / "shapes", {.boxes = true, .train = 8, .val = 8});
    setup.data_where = (folder / "shapes/pictures").string();
    setup.model = model::ssd_options();
    setup.model.name = "ssd_resnet18";
    setup.data.image_size = setup.data.eval_resize = 300;
    setup.data.train_crop = data::TrainCrop::kIouBiased;
    setup.data.eval_crop = data::EvalCrop::kStretch;
    setup.data.colour_jitter = true;
    setup.data.pixels = data::Pixels::kFloat32;
    setup.optim.lr = 0.01;
    setup.optim.freeze = {"conv1.*", "bn1.*", "layer*"};
    setup.train.batch_size = 2;
    setup.train.steps = 5;  // into the second epoch
    setup.train.eval_images = 2;
    setup.train.eval_every = {2, Interval::Unit::kSteps};
  }
};

TEST(DetectorRun, EqualsUninterruptedAfterAStop) {
  DetectorRun whole, stopped;
  whole.session();

  stopped.setup.data.cache = data::Cache::kAuto;  // the batches are the same
  stopped.after_step = [&](int64_t step) {
    if (step == 3) ::raise(SIGTERM);  // inside an epoch, after the first evaluation
  };
  EXPECT_EQ(stopped.session().state, RunState::kPreempted);
  EXPECT_TRUE(stopped.said("data: pictures stay in memory after their first use"));
  stopped.after_step = {};
  stopped.setup.data.threads = 2;
  EXPECT_EQ(stopped.session().state, RunState::kDone);

  expect_same_tensors(whole, stopped, 5);
  EXPECT_EQ(whole.figures("train"), stopped.figures("train"));
  EXPECT_EQ(whole.figures("eval"), stopped.figures("eval"));
  EXPECT_TRUE(whole.metrics("eval").at(0).contains("val/AP50"));
  EXPECT_FALSE(stopped.said("pictures stay in memory"));  // what was left needs none of them twice
}

TEST(DetectorRun, KeepsNoPicturesThatAreUsedOnce) {
  DetectorRun run;
  run.setup.data.cache = data::Cache::kAuto;
  run.setup.train.steps = 4;  // of two pictures: one epoch
  run.setup.train.eval_every = std::nullopt;

  run.session();

  EXPECT_FALSE(run.said("pictures stay in memory"));
}

}  // namespace
}  // namespace fovea::train
