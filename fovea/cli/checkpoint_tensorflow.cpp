#include "fovea/cli/checkpoint_tensorflow.h"

#include "fovea/base/strings.h"
#include "fovea/io/json.h"
#include "fovea/io/tf_bundle.h"
#include "fovea/model/tf_names.h"

namespace fovea::cli {

void list_tensorflow(Console& console, const io::TfBundlePath& path, bool as_json) {
  const io::TfBundle bundle(path.prefix);
  model::TensorShapes shapes;
  for (const auto& [name, tensor] : bundle.tensors()) shapes.emplace(name, tensor.shape);
  const model::NameMap own_names = model::own_names(shapes);
  io::OrderedJson json = io::OrderedJson::array();
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, tensor] : bundle.tensors()) {
    const auto own = own_names.find(name);
    const std::string here = own == own_names.end() ? "" : own->second;
    const std::string type(tensor.type ? io::type_name(*tensor.type) : "other");
    json.push_back({{"name", name},
                    {"type", type},
                    {"shape", tensor.shape},
                    {"bytes", tensor.bytes},
                    {"own_name", here.empty() ? io::OrderedJson(nullptr) : io::OrderedJson(here)}});
    rows.push_back({one_line(name, kShownName), type, fmt::format("[{}]", fmt::join(tensor.shape, ", ")), here.empty() ? "-" : here});
  }
  if (!path.remark.empty()) console.err << "warning: " << path.remark << '\n';
  if (as_json) {
    console.out << io::json_text(json, 2) << '\n';
    return;
  }
  const std::vector<Column> columns{{"tensor"}, {"type"}, {"shape"}, {"in fovea"}};
  console.out << format_table(columns, rows);
  console.print("{}: {}\n", path.prefix.string(), format_count(std::ssize(rows), "tensor"));
}

}  // namespace fovea::cli
