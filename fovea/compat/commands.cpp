#include "fovea/compat/commands.h"

#include "fovea/base/error.h"
#include "fovea/base/strings.h"

namespace fovea::compat {

void CommandBuilder::flag(std::string_view name, const std::string& value) {
  arguments_.emplace_back(name);
  arguments_.push_back(value);
}

void CommandBuilder::flag(std::string_view name, int64_t value) { flag(name, fmt::format("{}", value)); }

void CommandBuilder::key(std::string_view name, const std::string& value) { flag("--set", fmt::format("{}={}", name, value)); }

void CommandBuilder::key(std::string_view name, int64_t value) { key(name, fmt::format("{}", value)); }

void expect_at_least(std::string_view what, int64_t value, int64_t least) {
  if (value < least) fail(ErrorCode::kUsage, "{}: expected at least {}, found {}", what, least, value);
}

void expect_batch(int64_t batch, int64_t workers) {
  constexpr int64_t kMost = int64_t{1} << 20;  // as train.batch_size
  expect_at_least("the batch size", batch, 1);
  expect_at_least("the number of workers", workers, 1);
  if (batch > kMost || workers > kMost / batch)
    fail(ErrorCode::kUsage, "a batch of {} on {} workers: Fovea takes up to {} pictures a step", batch, workers, kMost);
}

void add_batch(int64_t batch, int64_t workers, Passes passes, CommandBuilder& builder, Translation& translation) {
  const int64_t global_batch = batch * workers;
  builder.flag("--batch-size", global_batch);
  if (workers == 1) return;
  if (passes == Passes::kPerWorker) builder.key("train.micro_batch", batch);
  builder.key("train.eval_batch", batch);
  if (passes == Passes::kOne) {
    translation.notes.push_back(
        fmt::format("{} workers of {} pictures with distributed batch norm: one process takes the {} pictures of a step in one pass, which needs their memory",
                    workers, batch, global_batch));
    return;
  }
  translation.notes.push_back(fmt::format(
      "{} workers of {} pictures: one process takes the {} pictures of a step in {} passes, so that each update is the same; it takes {} times as long",
      workers, batch, global_batch, workers, workers));
}

int64_t horovod_workers(const Given& given, Translation& translation) {
  if (given.text("use_horovod") == "true") translation.notes.emplace_back("--use_horovod: one process; --use_horovod=8 stands for 8 of them");
  return given.integer("use_horovod").value_or(1);
}

std::string without_slash(const std::string& path) { return (fs::path(path) / "").parent_path().string(); }

}  // namespace fovea::compat
