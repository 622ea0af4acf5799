#include "fovea/io/event_file.h"

#include "fovea/base/strings.h"
#include "fovea/io/tfrecord.h"

#include <protozero/pbf_writer.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace fovea::io {
namespace {

using protozero::pbf_writer;

// Field numbers: event.proto, summary.proto, tensor.proto and types.proto of TensorBoard 2.21 (tensorboard/compat/proto).
namespace event {
constexpr uint32_t kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
}
constexpr uint32_t kSessionStatus = 1;
constexpr int32_t kSessionStart = 1;
constexpr uint32_t kSummaryValue = 1;
namespace value {
constexpr uint32_t kTag = 1, kSimpleValue = 2, kImage = 4, kTensor = 8, kMetadata = 9;
}
namespace image {
constexpr uint32_t kHeight = 1, kWidth = 2, kColourSpace = 3, kEncoded = 4;
constexpr int32_t kRgb = 3;
}  // namespace image
namespace tensor {
constexpr uint32_t kType = 1, kShape = 2, kStrings = 8;
constexpr int32_t kString = 7;
}  // namespace tensor
namespace metadata {
constexpr uint32_t kPlugin = 1, kPluginName = 1, kDataClass = 4;
constexpr int32_t kTensorClass = 2;
}  // namespace metadata

constexpr std::string_view kPrefix = "events.out.tfevents.";

double unix_time() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

fs::path new_file(const fs::path& folder) {
  make_directories(folder);
  auto seconds = static_cast<int64_t>(unix_time());
  for (const fs::path& earlier : glob((folder / kPrefix).string() + "*")) {
    const std::string rest = earlier.filename().string().substr(kPrefix.size());
    if (const auto taken = parse_int(rest.substr(0, rest.find('.')))) seconds = std::max(seconds, *taken + 1);
  }
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {'h', 'o', 's', 't'};
  return folder / fmt::format("{}{:010}.{}.{}", kPrefix, seconds, host.data(), ::getpid());
}

std::string new_event(int64_t step) {
  std::string message;
  pbf_writer writer(message);
  writer.add_double(event::kWallTime, unix_time());
  writer.add_int64(event::kStep, step);
  return message;
}

std::string summary_event(std::string_view tag, int64_t step, const std::string& content) {
  std::string one_value;
  pbf_writer(one_value).add_string(value::kTag, tag.data(), tag.size());
  one_value += content;
  std::string summary;
  pbf_writer(summary).add_message(kSummaryValue, one_value);
  std::string message = new_event(step);
  pbf_writer(message).add_message(event::kSummary, summary);
  return message;
}

}  // namespace

EventFile::EventFile(const fs::path& folder) : file_(new_file(folder)) {
  std::string message;
  pbf_writer writer(message);
  writer.add_double(event::kWallTime, unix_time());
  writer.add_string(event::kFileVersion, "brain.Event:2");
  append(message);
}

void EventFile::start_session(int64_t step) {
  std::string session;
  pbf_writer(session).add_enum(kSessionStatus, kSessionStart);
  std::string message = new_event(step);
  pbf_writer(message).add_message(event::kSessionLog, session);
  append(message);
}

void EventFile::scalar(std::string_view tag, double number, int64_t step) {
  std::string content;
  pbf_writer(content).add_float(value::kSimpleValue, static_cast<float>(number));
  append(summary_event(tag, step, content));
}

void EventFile::text(std::string_view tag, std::string_view markdown, int64_t step) {
  std::string plugin;
  pbf_writer(plugin).add_string(metadata::kPluginName, "text");
  std::string about;
  pbf_writer about_writer(about);
  about_writer.add_message(metadata::kPlugin, plugin);
  about_writer.add_enum(metadata::kDataClass, metadata::kTensorClass);

  std::string string_tensor;
  pbf_writer tensor_writer(string_tensor);
  tensor_writer.add_enum(tensor::kType, tensor::kString);
  tensor_writer.add_message(tensor::kShape, std::string());  // no dimensions: one text
  tensor_writer.add_bytes(tensor::kStrings, markdown.data(), markdown.size());

  std::string content;
  pbf_writer content_writer(content);
  content_writer.add_message(value::kTensor, string_tensor);
  content_writer.add_message(value::kMetadata, about);
  append(summary_event(tag, step, content));
}

void EventFile::image(std::string_view tag, std::string_view png, int width, int height, int64_t step) {
  std::string picture;
  pbf_writer picture_writer(picture);
  picture_writer.add_int32(image::kHeight, height);
  picture_writer.add_int32(image::kWidth, width);
  picture_writer.add_int32(image::kColourSpace, image::kRgb);
  picture_writer.add_bytes(image::kEncoded, png.data(), png.size());
  std::string content;
  pbf_writer(content).add_message(value::kImage, picture);
  append(summary_event(tag, step, content));
}

void EventFile::append(const std::string& event) { file_.write(framed_record(as_bytes(event))); }

}  // namespace fovea::io
