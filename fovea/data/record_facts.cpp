#include "fovea/data/record_facts.h"

#include "fovea/data/record_features.h"

#include <array>
#include <string_view>

namespace fovea::data {
namespace {

constexpr std::array<std::string_view, 3> kKeys{"image/class/label", "image/class/text", "image/class/synset"};

template <class List>
const List* list_of(const io::Example& example, std::string_view key) {
  const auto found = example.features.find(key);
  return found == example.features.end() ? nullptr : std::get_if<List>(&found->second);
}

std::string first_text(const io::Example& example, std::string_view key) {
  const auto* texts = list_of<io::BytesList>(example, key);
  return texts == nullptr || texts->empty() ? std::string() : texts->front();
}

}  // namespace

std::optional<RecordFacts> read_record_facts(const InputFile& file, io::RecordPlace place) {
  const std::optional<io::Example> example = read_features(file, place, kKeys);
  if (!example) return std::nullopt;
  const auto* label = list_of<io::Int64List>(*example, kKeys[0]);
  if (label == nullptr || label->size() != 1) return std::nullopt;
  return RecordFacts{.label = label->front(), .text = first_text(*example, kKeys[1]), .synset = first_text(*example, kKeys[2])};
}

}  // namespace fovea::data
