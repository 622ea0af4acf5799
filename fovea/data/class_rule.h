// From the labels that stand in records to the outputs of a network: how many classes there are, and how they are counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fovea::data {

/// One label value as all records of a split together show it.
struct SeenClass {
  int64_t count = 0;
  std::string text;    ///< image/class/text; empty when no record has one
  std::string synset;  ///< image/class/synset; the same
};
using SeenClasses = std::map<int64_t, SeenClass>;

/// Output = label - first_output_label. Labels outside [first_label, last_label] are errors.
struct ClassRule {
  int64_t first_label = 0;
  int64_t last_label = 0;
  int64_t output_zero = 0;  ///< the label that output 0 stands for: 0 for ImageNet's numbering, else first_label
  int64_t num_outputs = 0;
  std::vector<std::string> names;  ///< [num_outputs]
  std::string said;                ///< "10 classes, labels 0..9"

  [[nodiscard]] bool allows(int64_t label) const { return label >= first_label && label <= last_label; }
  [[nodiscard]] int64_t output(int64_t label) const { return label - output_zero; }
};

/// Labels 1..1000, all of them, or with gaps when every class has a WordNet id: ImageNet's numbering as it is (spec 2.5), 1,001 outputs of
/// which the first is unused. Otherwise the classes are the labels that follow each other without a gap from 0 or from 1 on.
/// seen   not empty
ClassRule class_rule(const SeenClasses& seen);

/// A sentence about the classes of training that a validation set has no picture of; nothing when it has all.
std::vector<std::string> class_warnings(const std::vector<std::string>& missing);

/// The name of a class: its text, else its WordNet id, else "class LABEL".
std::string class_name(int64_t label, const SeenClass& seen);

}  // namespace fovea::data
