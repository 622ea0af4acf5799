// Pictures in one folder per class, as a data set.
#pragma once

#include "fovea/data/dataset.h"

#include <string>
#include <string_view>
#include <vector>

namespace fovea::data {

/// Is it a picture by its name: .jpg, .jpeg, .jpe, .jfif, .png in any case, not hidden?
bool is_picture_name(std::string_view name);

/// Pictures lying directly in a folder, by name.
struct PictureNames {
  std::vector<std::string> names;  ///< sorted
  int64_t folders = 0;             ///< sub-folders that are not hidden
  int64_t left_out = 0;            ///< files that are not pictures by name; hidden ones are not counted
  std::string left_out_example;
};
PictureNames list_pictures(const fs::path& folder);

/// Names of the sub-folders, sorted; hidden ones left aside. throws kIo
std::vector<std::string> list_folders(const fs::path& folder);

/// Those of the classes `known` in the folder `train` that the folder `validation` lacks, sorted as they are.
/// throws kData when validation has a class that training does not know
std::vector<std::string> missing_classes(const std::vector<std::string>& known, const fs::path& train, const fs::path& validation);

/// Samples stand in the order of class, then file name.
///
/// classes  names of the classes, those of all sub-folders among them; a class may lack its folder. Empty: the classes are the sub-folders of `folder`,
///          in byte order of their names
/// throws   kData when there is no class folder, or one without pictures
std::unique_ptr<Dataset> open_image_folder(const fs::path& folder, const std::vector<std::string>& classes = {});

}  // namespace fovea::data
