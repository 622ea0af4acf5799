// preprocess_imagenet.py and create_coco_tf_record.py (spec 2.5, 3.7, 4.7).
#include "fovea/base/error.h"
#include "fovea/compat/commands.h"
#include "fovea/compat/training.h"

namespace fovea::compat {

namespace {

std::string needed(const Program& program, const Given& given, std::string_view name, std::string_view why = {}) {
  const std::optional<std::string> value = given.text(name);
  if (!value || value->empty())
    fail(ErrorCode::kUsage, Advice{fmt::format("fovea compat {} --help", program.file)}, "{}: --{} must be given{}", program.file, name, why);
  return *value;
}

// D-19: what the document does with captions alone.
void refuse_captions_alone(const Program& program, const Given& given) {
  const std::string captions = given.text("caption_annotations_file").value_or("");
  if (captions.empty() || !given.text("object_annotations_file").value_or("").empty()) return;
  std::string instances = captions;
  if (const size_t at = instances.rfind("captions_"); at != std::string::npos) instances.replace(at, 9, "instances_");
  fail(ErrorCode::kUsage, Advice{fmt::format("--object_annotations_file={}", instances == captions ? "instances_train2017.json" : instances)},
       "{}: --caption_annotations_file alone gives records without a box: nothing to learn from, and nothing to score against (D-19)", program.file);
}

}  // namespace

Translation translate_preprocess_imagenet(const std::vector<std::string>& arguments, const Surroundings& /*surroundings*/) {
  const Program& program = find_program("preprocess_imagenet");
  Translation translation;
  const Given given = read_arguments(program, arguments, translation.notes);
  const std::string source = needed(program, given, "raw_data_dir", ": Fovea downloads nothing");
  const std::string output = needed(program, given, "local_scratch_dir");
  if (!given.text("gcs_upload")) translation.notes.emplace_back("without --nogcs_upload the reference uploads the result; Fovea uploads nothing");
  translation.commands.push_back({.arguments = {"data", "convert", "imagenet", source, output}, .environment = {}});
  return translation;
}

Translation translate_create_coco(const std::vector<std::string>& arguments, const Surroundings& /*surroundings*/) {
  const Program& program = find_program("create_coco_tf_record");
  Translation translation;
  const Given given = read_arguments(program, arguments, translation.notes);
  refuse_captions_alone(program, given);
  const fs::path prefix = given.text("output_file_prefix").value_or("/tmp/train");
  const std::string split = prefix.filename().string();
  if (split != "train" && split != "val") {
    fail(ErrorCode::kUsage, Advice{fmt::format("--output_file_prefix={}", (prefix.parent_path() / "train").string())},
         "--output_file_prefix={}: training and evaluation find records by the names train-... and val-...; expected FOLDER/train or FOLDER/val",
         prefix.string());
  }
  const bool is_train = split == "train", leaves_out = given.is_on("ignore_images_without_bbox");
  const std::string folder = prefix.parent_path().string();
  CommandBuilder builder({"data", "convert", "coco", needed(program, given, "image_dir"), folder.empty() ? "." : folder});
  builder.flag("--annotations", needed(program, given, "object_annotations_file", ": it has the boxes"));
  builder.flag("--split", split);
  if (const std::optional<int64_t> shards = given.integer("num_shards")) {
    expect_at_least("--num_shards", *shards, 1);
    builder.flag(is_train ? "--train-shards" : "--val-shards", *shards);
  }
  if (is_train && !leaves_out) builder.flag("--keep-images-without-boxes");
  if (!is_train && leaves_out) translation.notes.emplace_back("--ignore_images_without_bbox: validation keeps them, what is found in them counts as wrong");
  translation.commands.push_back(std::move(builder).command());
  return translation;
}

}  // namespace fovea::compat
