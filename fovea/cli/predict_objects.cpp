#include "fovea/cli/predict_objects.h"

#include "fovea/base/strings.h"
#include "fovea/image/decode.h"
#include "fovea/image/draw.h"
#include "fovea/io/coco_json.h"
#include "fovea/io/json.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace fovea::cli {
namespace {

/// Those that are sure enough, the surest first.
std::span<const apply::Sighting> shown(const apply::Sightings& seen, double score_min) {
  const auto end = std::ranges::find_if(seen.objects, [&](const apply::Sighting& each) { return each.score < score_min; });
  return {seen.objects.begin(), end};
}

double hundredths(double value) { return std::round(value * 100) / 100; }

std::string json_line(const apply::Sightings& seen, double score_min) {
  io::OrderedJson json{{"file", seen.file.string()}};
  if (!seen.problem.empty()) {
    json["error"] = seen.problem;
    return io::json_text(json) + "\n";
  }
  json["width"] = seen.size.width;
  json["height"] = seen.size.height;
  json["objects"] = io::OrderedJson::array();
  for (const apply::Sighting& each : shown(seen, score_min)) {
    json["objects"].push_back({{"class", each.name},
                               {"id", each.source_id},
                               {"score", each.score},
                               {"bbox", {hundredths(each.x), hundredths(each.y), hundredths(each.width), hundredths(each.height)}}});
  }
  return io::json_text(json) + "\n";
}

/// "RBC 98 %, RBC 97 %, WBC 96 % and 9 more"
std::string objects_text(std::span<const apply::Sighting> objects) {
  constexpr size_t kListed = 5;
  std::vector<std::string> parts;
  for (const apply::Sighting& each : objects.first(std::min(kListed, objects.size()))) parts.push_back(fmt::format("{} {:.0f} %", each.name, 100 * each.score));
  if (parts.empty()) return "nothing";
  return join(parts, ", ") + (objects.size() > kListed ? fmt::format(" and {} more", objects.size() - kListed) : "");
}

/// The weakest first, so that the surest lie on top.
image::Image drawn(const apply::Sightings& seen, double score_min) {
  image::Image picture = image::decode(read_bytes(seen.file));
  const std::span<const apply::Sighting> objects = shown(seen, score_min);
  for (auto each = objects.rbegin(); each != objects.rend(); ++each) {
    const image::Rect area = image::whole_pixels(picture, {.x = each->x, .y = each->y, .width = each->width, .height = each->height});
    image::labelled_frame(picture, area, fmt::format("{} {:.0f} %", each->name, 100 * each->score), image::class_colour(each->class_id - 1));
  }
  return picture;
}

/// A name for the drawn picture that no other has.
std::string drawn_name(const fs::path& file, std::set<std::string>& used) {
  std::string name = file.stem().string() + ".png";
  for (int i = 2; !used.insert(name).second; ++i) name = fmt::format("{}-{}.png", file.stem().string(), i);
  return name;
}

/// What stands as image_id in the results, and where from.
struct ImageIds {
  std::vector<int64_t> ids;  // [pictures]
  std::string_view origin;
};

/// Of the annotations, by file name. throws kData for a picture that they do not list
ImageIds listed_ids(std::span<const fs::path> pictures, const fs::path& annotations) {
  const io::CocoInstances instances = io::read_coco_instances(annotations);
  std::map<std::string, int64_t> by_name;
  for (const io::CocoPicture& each : instances.pictures) by_name.emplace(fs::path(each.file_name).filename().string(), each.id);
  ImageIds result{.ids = {}, .origin = "those of the annotations"};
  for (const fs::path& picture : pictures) {
    const auto found = by_name.find(picture.filename().string());
    if (found == by_name.end()) {
      fail(ErrorCode::kData, Advice{"give pictures that the annotations list, or leave out --annotations"}, "\"{}\" does not list a picture named \"{}\"",
           annotations.string(), picture.filename().string());
    }
    result.ids.push_back(found->second);
  }
  return result;
}

/// The number that COCO's files are named by ("000000000139.jpg", "COCO_val2014_000000000139.jpg").
int64_t number_in_name(const fs::path& picture) {
  std::string name = picture.stem().string();
  if (name.starts_with("COCO_")) name.erase(0, name.rfind('_') + 1);
  const bool is_number = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? parse_int(name).value_or(-1) : -1;
}

/// Numbers of file names, when all pictures have one and no two the same; else places in the list, from 1.
ImageIds ids_without_annotations(std::span<const fs::path> pictures) {
  ImageIds result{.ids = {}, .origin = "the numbers in the names of the files"};
  for (const fs::path& picture : pictures) result.ids.push_back(number_in_name(picture));
  const bool are_ids =
      std::ranges::none_of(result.ids, [](int64_t id) { return id < 0; }) && std::set(result.ids.begin(), result.ids.end()).size() == result.ids.size();
  if (are_ids) return result;
  std::iota(result.ids.begin(), result.ids.end(), 1);
  result.origin = "places in the list of pictures, from 1; --annotations FILE takes those of COCO's JSON";
  return result;
}

std::vector<io::CocoDetection> coco_results(std::span<const apply::Sightings> all, std::span<const int64_t> ids) {
  std::vector<io::CocoDetection> results;
  for (size_t i = 0; i < all.size(); ++i) {
    for (const apply::Sighting& each : all[i].objects) {
      results.push_back({.image_id = ids[i],
                         .category_id = each.source_id,
                         .box = {.x = each.x, .y = each.y, .width = each.width, .height = each.height},
                         .score = each.score});
    }
  }
  return results;
}

}  // namespace

std::string_view advice_about_pictures(bool none_was_done) {
  return none_was_done ? "try: JPEG or PNG pictures\n" : "try: JPEG or PNG pictures; the other pictures were done\n";
}

int predict_objects(const apply::Detector& detector, std::span<const fs::path> pictures, const ObjectOutput& output, Console& console) {
  std::vector<fs::path> drawings;  // [pictures]
  std::set<std::string> used;
  for (const fs::path& picture : pictures) drawings.push_back(output.folder / drawn_name(picture, used));
  const fs::path lines_file = output.folder / "predictions.jsonl", results_file = output.folder / "detections.json";
  if (!output.folder.empty()) {
    output.overwrite.expect_place(lines_file);
    output.overwrite.expect_place(results_file);
    for (const fs::path& drawing : drawings) output.overwrite.expect_place(drawing);
  }

  const ImageIds ids = output.annotations.empty() ? ids_without_annotations(pictures) : listed_ids(pictures, output.annotations);
  const std::vector<apply::Sightings> all = detector.detect_each(pictures);
  std::string lines, problems;
  std::vector<std::vector<std::string>> rows;
  for (const apply::Sightings& seen : all) {
    lines += json_line(seen, output.score_min);
    if (!seen.problem.empty()) {
      problems += fmt::format("error: {}: {}\n", one_line(seen.file.string()), seen.problem);
      continue;
    }
    rows.push_back({seen.file.string(), objects_text(shown(seen, output.score_min))});
  }
  if (output.as_json) {
    console.out << lines;
  } else if (!rows.empty()) {
    console.out << format_table(std::vector<Column>{{"picture"}, {"objects"}}, rows);
  }
  if (!output.folder.empty()) {
    make_directories(output.folder);
    output.overwrite.write(lines_file, as_bytes(lines));
    output.overwrite.expect_place(results_file);
    io::write_coco_results(results_file, coco_results(all, ids.ids));
    int64_t count = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      if (!all[i].problem.empty()) continue;
      output.overwrite.write(drawings[i], image::encode_png(drawn(all[i], output.score_min)));
      ++count;
    }
    console.err << fmt::format("wrote {}, {} and {} to {}\nimage_id in {}: {}\n", lines_file.filename().string(), results_file.filename().string(),
                               format_count(count, "picture") + " with boxes", output.folder.string(), results_file.filename().string(), ids.origin);
  }
  if (!problems.empty()) console.err << problems << advice_about_pictures(rows.empty());
  return problems.empty() ? 0 : static_cast<int>(ErrorCode::kData);
}

}  // namespace fovea::cli
