// Small sets of pictures beside COCO's JSON for the tests of detection data.
#pragma once

#include "fovea/io/json.h"
#include "tests/data/pictures.h"
#include "tests/data/samples.h"

#include <string>
#include <vector>

namespace fovea::data {

/// An instances file in the making; ids of pictures and annotations count from 1.
class CocoFile {
 public:
  CocoFile() : json_{{"images", io::OrderedJson::array()}, {"annotations", io::OrderedJson::array()}, {"categories", io::OrderedJson::array()}} {}

  CocoFile& category(int64_t id, const std::string& name) {
    json_["categories"].push_back({{"id", id}, {"name", name}});
    return *this;
  }
  CocoFile& picture(const std::string& name, int width = 12, int height = 8) {
    json_["images"].push_back({{"id", next_picture_++}, {"file_name", name}, {"width", width}, {"height", height}});
    return *this;
  }
  /// Of the last picture: left, top, width, height.
  CocoFile& box(int64_t category_id, const std::vector<double>& xywh, bool is_crowd = false) {
    json_["annotations"].push_back({{"id", next_box_++},
                                    {"image_id", next_picture_ - 1},
                                    {"category_id", category_id},
                                    {"bbox", xywh},
                                    {"area", xywh[2] * xywh[3] / 2},
                                    {"iscrowd", is_crowd ? 1 : 0}});
    return *this;
  }
  [[nodiscard]] std::string text() const { return json_.dump(); }

 private:
  io::OrderedJson json_;
  int64_t next_picture_ = 1, next_box_ = 1;
};

/// Categories 3 "cat" and 17 "dog", the dog first.
inline CocoFile cats_and_dogs() { return CocoFile().category(17, "dog").category(3, "cat"); }

/// Training: a.jpg with a dog and a crowd of cats, empty.jpg without boxes, b.jpg with a cat; validation: c.jpg with a dog, d.jpg without boxes.
inline void put_cats_and_dogs(const test::TemporaryFolder& folder) {
  CocoFile train = cats_and_dogs();
  train.picture("b.jpg").box(17, {3, 2, 6, 4}).box(3, {0, 0, 12, 8}, true);
  train.picture("empty.jpg");
  train.picture("a.jpg").box(3, {6, 4, 3, 2});
  CocoFile validation = cats_and_dogs();
  validation.picture("c.jpg").box(17, {1, 1, 2, 2});
  validation.picture("d.jpg");
  put(folder, "instances_train.json", train.text());
  put(folder, "instances_val.json", validation.text());
  int kind = 0;
  for (const char* name : {"train/a.jpg", "train/b.jpg", "train/empty.jpg", "val/c.jpg", "val/d.jpg"}) put(folder, name, jpeg(kind++));
}

}  // namespace fovea::data
