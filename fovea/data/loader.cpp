#include "fovea/data/loader.h"

#include "fovea/base/ordered_work.h"
#include "fovea/data/augment.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <set>
#include <thread>
#include <utility>

namespace fovea::data {
namespace {

enum class Mode { kTrain, kEvaluation };

/// One row of a batch in the making. Written by one worker, read by the owner once the group is complete.
struct Row {
  Draw draw;
  int64_t label = 0;
  Truth truth;  // detection
  bool is_ready = false;
  std::vector<Skipped> skipped;
  std::exception_ptr error;
};

/// One batch in the making; slot = group modulo the number of slots.
struct Slot {
  int64_t step = 0;
  Tensor images, classes, offsets;
  PixelTarget pixels;  // of the first row, as what follows; workers touch this memory and no tensor
  int64_t* first_classes = nullptr;
  float* first_offsets = nullptr;
  std::vector<Row> rows;
};

/// Tensors of one shape that come back when nobody else holds them or a view of them.
class BufferPool {
 public:
  BufferPool(std::vector<int64_t> shape, at::ScalarType type, bool pinned) : shape_(std::move(shape)), type_(type), pinned_(pinned) {}

  Tensor take() {
    // Page-locked memory comes from LibTorch's own pool, which also knows about copies to the device that are still under way.
    if (pinned_) return allocate();
    const auto is_free = [](const Tensor& tensor) { return tensor.use_count() == 1 && tensor.storage().use_count() == 1; };
    const auto found = std::find_if(buffers_.begin(), buffers_.end(), is_free);
    return found != buffers_.end() ? *found : buffers_.emplace_back(allocate());
  }

 private:
  [[nodiscard]] Tensor allocate() const { return at::empty(shape_, at::TensorOptions().dtype(type_).pinned_memory(pinned_)); }

  std::vector<int64_t> shape_;
  at::ScalarType type_;
  bool pinned_;
  std::vector<Tensor> buffers_;  // at most the window and what the consumer keeps
};

/// The rows of `buffer` that are ready, moved together in order.
Tensor closed_up(const Tensor& buffer, const std::vector<Row>& rows) {
  if (!buffer.defined()) return buffer;
  const size_t row_bytes = buffer.nbytes() / static_cast<size_t>(buffer.size(0));
  auto* const bytes = static_cast<std::byte*>(buffer.data_ptr());
  size_t kept = 0;
  for (size_t from = 0; from < rows.size(); ++from) {
    if (!rows[from].is_ready) continue;
    if (kept != from) std::memcpy(bytes + kept * row_bytes, bytes + from * row_bytes, row_bytes);
    ++kept;
  }
  return std::cmp_equal(kept, buffer.size(0)) ? buffer : buffer.narrow(0, 0, static_cast<int64_t>(kept));
}

}  // namespace

struct Loader::State {
  State(Mode mode_in, const Dataset& dataset_in, const LoaderOptions& options_in, int64_t first_step, Share share_in, int64_t rows)
      : mode(mode_in),
        dataset(dataset_in),
        options(options_in),
        share(share_in),
        rows_per_batch(rows),
        order(std::max<int64_t>(1, dataset_in.size()), options_in.seed),
        next_step(first_step),
        anchors(options_in.encoder == nullptr ? 0 : options_in.encoder->num_anchors()),
        images({rows, options_in.data.image_size, options_in.data.image_size, 3}, options_in.data.pixels == Pixels::kUint8 ? at::kByte : at::kFloat,
               options_in.pinned),
        classes({rows, anchors}, at::kLong, options_in.pinned),
        offsets({rows, anchors, 4}, at::kFloat, options_in.pinned),
        slots(static_cast<size_t>(std::max<int64_t>(1, options_in.prefetch))),
        work(std::max<int64_t>(1, options_in.threads), [this](int64_t group, int64_t item, const std::stop_token& stop) {
          Slot& slot = slot_of(group);
          fill_row(slot, item, stop);
        }) {}

  Slot& slot_of(int64_t group) { return slots[static_cast<size_t>(group) % slots.size()]; }
  void refill();
  void begin_batch(Slot& slot, Share positions) const;
  void fill_row(Slot& slot, int64_t item, const std::stop_token& stop) const;
  void prepare(Slot& slot, int64_t item) const;
  void collect_errors(Slot& slot);
  [[nodiscard]] Batch finish_batch(Slot& slot) const;
  [[nodiscard]] bool is_mixing() const { return mode == Mode::kTrain && options.data.mixup > 0; }

  const Mode mode;
  const Dataset& dataset;
  const LoaderOptions options;
  const Share share;  // evaluation only
  const int64_t rows_per_batch;
  const TrainOrder order;
  int64_t next_step;
  int64_t next_group = 0;   // to be pushed
  int64_t front_group = 0;  // to be handed over
  const int64_t anchors;    // 0 without an encoder
  BufferPool images, classes, offsets;
  std::vector<Slot> slots;
  double wait_seconds = 0;
  std::set<int64_t> damaged;  // samples skipped once or more: in every epoch the same picture is met again
  std::vector<Skipped> skipped;
  std::exception_ptr failure;
  OrderedWork work;  // last: its threads end before anything they use goes
};

void Loader::State::refill() {
  while (next_group - front_group < static_cast<int64_t>(slots.size())) {
    Share positions;
    if (mode == Mode::kTrain) {
      positions = train_share(next_step, options.batch, options.world);
    } else {
      positions.begin = share.begin + next_step * rows_per_batch;
      positions.end = std::min(share.end, positions.begin + rows_per_batch);
      if (positions.begin >= positions.end) return;
    }
    Slot& slot = slot_of(next_group++);
    slot.step = next_step++;
    slot.images = images.take();
    if (anchors > 0) {
      slot.classes = classes.take();
      slot.offsets = offsets.take();
    }
    begin_batch(slot, positions);
    work.push(positions.end - positions.begin);
  }
}

void Loader::State::begin_batch(Slot& slot, Share positions) const {
  slot.pixels =
      options.data.pixels == Pixels::kUint8 ? PixelTarget{.bytes = slot.images.data_ptr<uint8_t>()} : PixelTarget{.floats = slot.images.data_ptr<float>()};
  if (anchors > 0) {
    slot.first_classes = slot.classes.data_ptr<int64_t>();
    slot.first_offsets = slot.offsets.data_ptr<float>();
  }
  slot.rows.assign(static_cast<size_t>(positions.end - positions.begin), Row{});
  for (int64_t position = positions.begin; position < positions.end; ++position) {
    Row& row = slot.rows[static_cast<size_t>(position - positions.begin)];
    row.draw = mode == Mode::kTrain ? order.at(position) : Draw{.sample = position, .epoch = 0, .position = position};
  }
}

void Loader::State::prepare(Slot& slot, int64_t item) const {
  Row& row = slot.rows[static_cast<size_t>(item)];
  const int64_t values = item * options.data.image_size * options.data.image_size * 3;
  const PixelTarget target{.bytes = slot.pixels.bytes == nullptr ? nullptr : slot.pixels.bytes + values,
                           .floats = slot.pixels.floats == nullptr ? nullptr : slot.pixels.floats + values};
  Sample sample = traced(options.trace, Activity::kRead, [&] { return dataset.get(row.draw.sample); });
  row.label = sample.label;
  row.truth.source_id = sample.source_id;
  try {
    if (mode == Mode::kTrain) {
      const int side = static_cast<int>(options.data.image_size);
      row.truth.size = {.width = side, .height = side};
      row.truth.objects = prepare_train(sample, options.data, options.seed, row.draw, target, options.trace);
    } else {
      row.truth.size = prepare_evaluation(sample, options.data, target);
      row.truth.objects = std::move(sample.objects);
    }
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{}: {}", dataset.place(row.draw.sample), error.what()), error.advice());
  }
  if (anchors > 0) options.encoder->encode(row.truth.objects, slot.first_classes + item * anchors, slot.first_offsets + item * anchors * 4);
}

void Loader::State::fill_row(Slot& slot, int64_t item, const std::stop_token& stop) const {
  Row& row = slot.rows[static_cast<size_t>(item)];
  const Draw wanted = row.draw;
  // One more than the cap is enough to exceed it; a set that is damaged from end to end is not read to its end.
  const int64_t attempts = mode == Mode::kTrain ? std::min(dataset.size(), options.data.max_corrupt + 1) : 1;
  for (int64_t attempt = 0; attempt < attempts && !stop.stop_requested(); ++attempt) {
    if (attempt > 0) row.draw = order.substitute(wanted, attempt);
    try {
      prepare(slot, item);
      row.is_ready = true;
      return;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kData && error.code() != ErrorCode::kMissing) {  // a picture that went away since the folder was listed
        row.error = std::current_exception();
        return;
      }
      if (options.data.on_corrupt == OnCorrupt::kStop) {
        const std::string advice = error.advice().empty() ? "`fovea data check` lists all damage; data.on_corrupt=skip passes over it" : error.advice();
        row.error = std::make_exception_ptr(Error(error.code(), error.what(), advice));
        return;
      }
      row.skipped.push_back({.sample = row.draw.sample, .message = error.what()});
    } catch (...) {
      row.error = std::current_exception();
      return;
    }
  }
}

/// Row by row, so that the first error and the skipped sample that exceeds the cap do not depend on the workers.
void Loader::State::collect_errors(Slot& slot) {
  for (Row& row : slot.rows) {
    for (Skipped& one : row.skipped) {
      damaged.insert(one.sample);
      skipped.push_back(std::move(one));
      if (std::cmp_greater(damaged.size(), options.data.max_corrupt)) {
        fail(ErrorCode::kData, Advice{"`fovea data check` lists all damage; data.max_corrupt sets the cap"},
             "more than data.max_corrupt = {} damaged samples were skipped; the last one: {}", options.data.max_corrupt, skipped.back().message);
      }
    }
    row.skipped.clear();
    if (row.error) std::rethrow_exception(row.error);
    if (!row.is_ready && mode == Mode::kTrain)
      fail(ErrorCode::kData, "none of the {} samples can be read; the last one: {}", dataset.size(), skipped.back().message);
  }
}

Batch Loader::State::finish_batch(Slot& slot) const {
  Batch batch;
  batch.step = slot.step;
  batch.images = closed_up(slot.images, slot.rows);
  batch.targets.classes = closed_up(slot.classes, slot.rows);
  batch.targets.offsets = closed_up(slot.offsets, slot.rows);
  const bool is_detection = dataset.info().task == Task::kDetect;
  std::vector<int64_t> labels;
  for (Row& row : slot.rows) {
    if (!row.is_ready) continue;
    batch.samples.push_back(row.draw.sample);
    labels.push_back(row.label);
    if (is_detection) batch.truths.push_back(std::move(row.truth));
  }
  if (is_detection) return batch;

  const auto column = [&](at::ScalarType type) {
    return at::empty({static_cast<int64_t>(labels.size())}, at::TensorOptions().dtype(type).pinned_memory(options.pinned));
  };
  batch.targets.labels = column(at::kLong);
  std::copy(labels.begin(), labels.end(), batch.targets.labels.data_ptr<int64_t>());
  if (is_mixing()) {
    batch.targets.partner_labels = column(at::kLong);
    batch.targets.lambda = column(at::kFloat);
    for (size_t row = 0; row < labels.size(); ++row) {
      batch.targets.partner_labels.data_ptr<int64_t>()[row] = labels[row ^ 1];
      batch.targets.lambda.data_ptr<float>()[row] = mixup_lambda(options.data, options.seed, order.at(slot.rows[row & ~size_t{1}].draw.position));
    }
  }
  return batch;
}

Loader Loader::train(const Dataset& dataset, const LoaderOptions& options, int64_t first_step) {
  check_options(options.data, dataset.info());
  if (dataset.size() == 0) fail(ErrorCode::kData, "there is nothing to train on: {}", dataset.info().source);
  if (options.data.mixup > 0 && options.batch % 2 != 0) {
    fail(ErrorCode::kConfig, Advice{"use an even batch, or data.mixup=0"}, "data.mixup mixes pairs of pictures, so the global batch must be even, found {}",
         options.batch);
  }
  const Share share = train_share(0, options.batch, options.world);  // as long at every step
  if (share.begin == share.end)
    fail(ErrorCode::kConfig, Advice{"give each rank two pictures or more"}, "a global batch of {} is too small for {} ranks", options.batch,
         options.world.size);
  auto state = std::make_unique<State>(Mode::kTrain, dataset, options, first_step, Share{}, share.end - share.begin);
  state->refill();
  return Loader(std::move(state));
}

Loader Loader::evaluation(const Dataset& dataset, const LoaderOptions& options) {
  check_options(options.data, dataset.info());
  const int64_t rows = std::max<int64_t>(1, options.batch / options.world.size);
  const int64_t samples = options.samples > 0 ? std::min(options.samples, dataset.size()) : dataset.size();
  auto state = std::make_unique<State>(Mode::kEvaluation, dataset, options, 0, evaluation_share(samples, options.world), rows);
  state->refill();
  return Loader(std::move(state));
}

Loader::Loader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Loader::~Loader() = default;
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;

std::optional<Batch> Loader::next() {
  State& state = *state_;
  if (state.failure) std::rethrow_exception(state.failure);
  while (state.front_group < state.next_group) {
    state.wait_seconds += state.work.wait();
    state.work.pop();
    Slot& slot = state.slot_of(state.front_group++);
    try {
      state.collect_errors(slot);
    } catch (...) {
      state.failure = std::current_exception();
      throw;
    }
    Batch batch = state.finish_batch(slot);
    slot.images.reset();
    slot.classes.reset();
    slot.offsets.reset();
    state.refill();
    if (!batch.samples.empty()) return batch;
  }
  return std::nullopt;
}

double Loader::take_wait_seconds() { return std::exchange(state_->wait_seconds, 0); }
std::vector<Skipped> Loader::take_skipped() { return std::exchange(state_->skipped, {}); }

int64_t default_loader_threads() { return std::max<int64_t>(1, static_cast<int64_t>(std::thread::hardware_concurrency()) - 1); }

}  // namespace fovea::data
