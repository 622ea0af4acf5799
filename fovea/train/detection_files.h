// What the evaluation of a detector leaves in its folder beside the twelve numbers.
#pragma once

#include "fovea/data/dataset.h"
#include "fovea/io/json.h"
#include "fovea/metrics/detection.h"

namespace fovea::train {

/// For metrics.json: AP_by_class; errors: the least score that counts, precision, recall, F1 and how many errors of each kind (metrics/detection_errors.h);
/// diagnosis: sentences, where AP is near zero.
io::OrderedJson detection_json(const metrics::DetectionScores& scores);

/// Classes are numbered as the network's outputs, 0 the background:
///   detections.json  COCO's results file
///   per_class.csv    objects, detections, AP and AP50 of every class
///   pr.csv           precision at COCO's 101 recalls: means over the classes (0.50:0.95, 0.50, 0.75), then every class at IoU 0.50
///   errors.csv       errors of each kind by class, confusion.csv  truth, predicted, count: of detections from the least score on
///   worst.json, worst/NN.jpg  the pictures with the most errors, truths and detections drawn
///
/// throws  kCannotCreate, kIo
void write_detection_files(const fs::path& folder, const metrics::DetectionScores& scores, const data::Dataset& dataset);

}  // namespace fovea::train
