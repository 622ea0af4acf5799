#include "fovea/train/saver.h"

#include <ATen/Functions.h>

#include <chrono>
#include <thread>

namespace fovea::train {

Saver::Saver(fs::path run_dir, Parts parts, KeepPolicy keep, Log& log) : run_dir_(std::move(run_dir)), parts_(parts), keep_(keep), log_(log) {}

std::vector<NamedTensor> Saver::rows(std::string_view part) {
  std::vector<NamedTensor> result;
  if (part == "optim") {
    for (const optim::StateTensor& t : parts_.optimizer.state()) result.push_back({t.name, t.value});
    return result;
  }
  size_t i = 0;
  for (const nn::Parameter& p : parts_.parameters.all()) {
    result.push_back({p.name, part == "ema" ? parts_.ema->values()[i] : p.value});
    ++i;
  }
  return result;
}

void Saver::expect_finite(int64_t step) {
  for (const nn::Parameter& p : parts_.parameters.all()) {
    if (at::isfinite(p.value).all().item<bool>()) continue;
    fail(ErrorCode::kDiverged, Advice{"a smaller optim.lr, a longer optim.warmup_epochs, or optim.clip_norm"},
         "after step {} the weights are not finite ({}), so they are not saved; the last good checkpoint is {}", step, p.name, last_good_or_none());
  }
}

void Saver::write(const Progression& progression, const Identity& identity) {
  expect_finite(progression.step);
  CheckpointContents contents{.step = progression.step, .model = rows("model"), .optim = rows("optim"), .state = state_json(progression, identity)};
  if (parts_.ema != nullptr) contents.ema = rows("ema");
  last_good_ = write_checkpoint(run_dir_, contents).filename().string();
  failures_ = 0;
  try {  // the checkpoint is whole whatever happens to the others
    if (progression.best && progression.best->step == progression.step) mark_best(run_dir_, progression.step, progression.best->metric);
    prune_checkpoints(run_dir_, keep_);
  } catch (const Error& error) {
    log_.warning("{} is saved, but older checkpoints could not be put in order: {}", last_good_, error.what());
  }
}

bool Saver::save(const Progression& progression, const Identity& identity) {
  try {
    write(progression, identity);
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kIo && error.code() != ErrorCode::kCannotCreate) throw;
    if (++failures_ >= kPatience) {
      fail(ErrorCode::kIo, Advice{"free some space, then run the same command again"}, "saving failed {} times in a row: {}; the last good checkpoint is {}",
           failures_, error.what(), last_good_or_none());
    }
    log_.warning("saving step {} failed, training goes on and the next save tries again ({} of {}): {}", progression.step, failures_, kPatience, error.what());
    return false;
  }
}

void Saver::save_or_throw(const Progression& progression, const Identity& identity) {
  while (!save(progression, identity)) std::this_thread::sleep_for(std::chrono::seconds(1));
}

void Saver::restore(const Checkpoint& checkpoint) {
  restore_tensors(checkpoint.file("model"), rows("model"));
  restore_tensors(checkpoint.file("optim"), rows("optim"));
  if (parts_.ema != nullptr) restore_tensors(checkpoint.file("ema"), rows("ema"));
  last_good_ = checkpoint.folder.filename().string();
}

}  // namespace fovea::train
