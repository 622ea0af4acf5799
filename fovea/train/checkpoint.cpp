#include "fovea/train/checkpoint.h"

#include "fovea/base/strings.h"
#include "fovea/io/crc32c.h"
#include "fovea/io/fingerprint.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace fovea::train {
namespace {

using io::Json;

constexpr int64_t kFormat = 1;
constexpr int64_t kMaxJsonBytes = int64_t{64} << 20;  // chosen: a thousand times a large model's manifest
constexpr std::array<std::string_view, 3> kParts{"model", "ema", "optim"};

std::string file_of(std::string_view part) { return fmt::format("{}.safetensors", part); }

std::string crc_text(std::span<const std::byte> bytes) { return fmt::format("{:08x}", io::crc32c(bytes)); }

/// The recipe alone, so that "is it the same recipe" is one comparison of texts.
std::string recipe_fingerprint(const Json& state) { return io::hex(io::hash64(as_bytes(io::json_text(state.value("recipe", Json::object()))))); }

// ---- writing

/// As the file holds it: row-major, in host memory, float32 or int64.
Tensor file_form(const NamedTensor& tensor) {
  FOVEA_CHECK(tensor.value.defined(), "\"{}\" is undefined", tensor.name);
  const at::ScalarType type = tensor.value.scalar_type();
  FOVEA_CHECK(type == at::kFloat || type == at::kBFloat16 || type == at::kLong, "\"{}\" is of a type that checkpoints do not hold", tensor.name);
  return tensor.value.detach().to(at::kCPU, type == at::kLong ? at::kLong : at::kFloat).contiguous();
}

/// Writes one file of tensors; gives their checksums by name, taken from memory, so that verifying finds what the disk made of them.
Json write_part(const fs::path& path, std::span<const NamedTensor> tensors, int64_t step) {
  std::vector<Tensor> held;
  std::vector<io::TensorView> views;
  Json checksums = Json::object();
  for (const NamedTensor& tensor : tensors) {
    const Tensor& value = held.emplace_back(file_form(tensor));
    const std::span<const std::byte> bytes = tensor_bytes(value);
    views.push_back({.name = tensor.name,
                     .type = value.scalar_type() == at::kLong ? io::TensorType::kI64 : io::TensorType::kF32,
                     .shape = value.sizes().vec(),
                     .bytes = bytes});
    checksums[tensor.name] = crc_text(bytes);
  }
  // "format": "pt" is what the safetensors readers of other programs look for; it says that names and layouts are PyTorch's
  io::write_safetensors(path, views, {{"format", "pt"}, {"step", fmt::format("{}", step)}});
  return checksums;
}

void write_json(const fs::path& path, const Json& value) {
  OutputFile file(path);
  file.write(io::json_text(value, 1) + "\n");
  file.finish();
}

void write_files(const fs::path& folder, const CheckpointContents& contents) {
  Json files = Json::array();
  Json tensors = Json::object();
  const auto list = [&](const std::string& name) {
    files.push_back({{"name", name}, {"bytes", fs::file_size(folder / name)}, {"xxh3", io::hex(io::hash_file(folder / name))}});
  };
  const std::array<const std::vector<NamedTensor>*, kParts.size()> parts{&contents.model, &contents.ema, &contents.optim};
  for (size_t i = 0; i < kParts.size(); ++i) {
    if (parts[i]->empty()) continue;
    const std::string name = file_of(kParts[i]);
    tensors[name] = write_part(folder / name, *parts[i], contents.step);
    list(name);
  }
  write_json(folder / "state.json", contents.state);
  list("state.json");
  write_json(folder / "manifest.json", {{"format", kFormat},
                                        {"step", contents.step},
                                        {"files", files},
                                        {"tensors", tensors},
                                        {"recipe_fingerprint", recipe_fingerprint(contents.state)},
                                        {"model", contents.state.at("model")},
                                        {"num_outputs", contents.state.at("num_outputs")}});
  sync_directory(folder);
}

void rename_folder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) fail(ErrorCode::kIo, "cannot rename \"{}\" to \"{}\": {}", from.string(), to.string(), error.message());
}

/// A checkpoint of that name is moved aside and put back when the new one cannot take its place; clear_up_checkpoints() does the same
/// after a kill in between.
void put_in_place(const fs::path& temporary, const fs::path& folder) {
  if (!fs::exists(folder)) return rename_folder(temporary, folder);
  const fs::path aside = folder.parent_path() / (".replaced-" + folder.filename().string());
  rename_folder(folder, aside);
  try {
    rename_folder(temporary, folder);
  } catch (const Error&) {
    rename_folder(aside, folder);
    throw;
  }
  std::error_code ignored;  // what stays is removed when the run continues
  fs::remove_all(aside, ignored);
}

void write_complete(const fs::path& folder, const CheckpointContents& contents) {
  const fs::path temporary = folder.parent_path() / (".tmp-" + folder.filename().string());
  std::error_code ignored;
  fs::remove_all(temporary, ignored);
  try {
    make_directories(temporary);
    write_files(temporary, contents);
    put_in_place(temporary, folder);
  } catch (...) {
    fs::remove_all(temporary, ignored);
    throw;
  }
  sync_directory(folder.parent_path());
}

/// To its caller a checkpoint that cannot be written is one kind of failure, whichever call met the full disk.
template <class Write>
void as_io_errors(const Write& write) {
  try {
    write();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCannotCreate) throw;
    throw Error(ErrorCode::kIo, error.what(), error.advice());
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorCode::kIo, error.what());
  }
}

}  // namespace

std::string checkpoint_name(int64_t step) { return fmt::format("step-{:08}", step); }

std::optional<int64_t> step_of_name(std::string_view name) {
  constexpr std::string_view prefix = "step-";
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::optional<int64_t> step = parse_int(name.substr(prefix.size()));
  if (!step || *step < 0 || checkpoint_name(*step) != name) return std::nullopt;
  return step;
}

fs::path write_checkpoint(const fs::path& run_dir, const CheckpointContents& contents) {
  const fs::path folder = run_dir / "checkpoints" / checkpoint_name(contents.step);
  as_io_errors([&] {
    write_complete(folder, contents);
    write_atomically(folder.parent_path() / "latest", folder.filename().string() + "\n");
  });
  return folder;
}

void write_checkpoint_folder(const fs::path& where, const CheckpointContents& contents) {
  const fs::path folder = where.has_filename() ? where : where.parent_path();  // "averaged/" is "averaged"
  if (fs::exists(folder)) fail(ErrorCode::kCannotCreate, Advice{"choose another name"}, "\"{}\" exists already", folder.string());
  as_io_errors([&] { write_complete(folder, contents); });
}

// ---- verifying

namespace {

struct ListedFile {
  std::string name;
  int64_t bytes = 0;
  std::string xxh3;
};

/// Collects what is wrong with one checkpoint.
class Inspection {
 public:
  explicit Inspection(fs::path folder) : folder_(std::move(folder)) {}

  std::vector<std::string> problems() {
    attempt("manifest.json", [&] { check_manifest(); });
    return std::move(problems_);
  }

 private:
  template <class... Args>
  void problem(fmt::format_string<Args...> format, Args&&... args) {
    problems_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  /// A check that cannot even be made is a problem too.
  template <class Check>
  void attempt(std::string_view file, const Check& check) {
    try {
      check();
    } catch (const Error& error) {
      problem("{}: {}", file, error.what());
    } catch (const Json::exception&) {
      problem("{}: a field is missing or of the wrong type", file);
    }
  }

  void check_manifest() {
    std::error_code ignored;  // what cannot be looked at is missing
    if (!fs::is_regular_file(folder_ / "manifest.json", ignored))
      return problem("manifest.json: is missing; writing was cut short, or this is no checkpoint of ours");
    const Json manifest = io::read_json(folder_ / "manifest.json", kMaxJsonBytes);
    if (manifest.at("format") != kFormat) return problem("manifest.json: format {} is not known, expected {}", manifest.at("format").dump(), kFormat);
    std::vector<std::string> names;
    for (const Json& entry : manifest.at("files")) {
      const ListedFile file{.name = entry.at("name"), .bytes = entry.at("bytes"), .xxh3 = entry.at("xxh3")};
      names.push_back(file.name);
      attempt(file.name, [&] { check_file(file, manifest.at("tensors")); });
    }
    for (const std::string_view needed : {"model.safetensors", "state.json"}) {
      if (std::find(names.begin(), names.end(), needed) == names.end()) problem("manifest.json: does not list {}", needed);
    }
    for (const auto& item : manifest.at("tensors").items()) {
      if (std::find(names.begin(), names.end(), item.key()) == names.end()) problem("manifest.json: lists tensors of \"{}\", but not the file", item.key());
    }
    if (problems_.empty()) attempt("state.json", [&] { check_facts(manifest, io::read_json(folder_ / "state.json", kMaxJsonBytes)); });
  }

  void check_file(const ListedFile& file, const Json& tensors) {
    const bool has_tensors = std::any_of(kParts.begin(), kParts.end(), [&](std::string_view part) { return file.name == file_of(part); });
    // nothing else is ever written, and a name with a path in it must not lead elsewhere
    if (!has_tensors && file.name != "state.json") return problem("manifest.json: lists \"{}\", which no checkpoint has", file.name);
    const fs::path path = folder_ / file.name;
    const std::optional<FileStamp> stamp = file_stamp(path);
    if (!stamp) return problem("{}: is missing", file.name);
    if (stamp->size != file.bytes) return problem("{}: has {} bytes, the manifest says {}", file.name, stamp->size, file.bytes);
    if (has_tensors) check_tensors(file.name, tensors.at(file.name));
    const std::string found = io::hex(io::hash_file(path));
    if (found != file.xxh3) problem("{}: its hash is {}, the manifest says {}", file.name, found, file.xxh3);
  }

  void check_tensors(const std::string& name, const Json& checksums) {
    const io::SafetensorsFile file(folder_ / name);
    std::vector<std::byte> bytes;
    for (const auto& [tensor, info] : file.tensors()) {
      if (!checksums.contains(tensor)) {
        problem("{}: tensor \"{}\" is not in the manifest", name, tensor);
        continue;
      }
      bytes.resize(static_cast<size_t>(info.bytes));
      file.read(info, bytes);
      const std::string found = crc_text(bytes);
      if (checksums.at(tensor) != found) problem("{}: tensor \"{}\" has checksum {}, the manifest says {}", name, tensor, found, checksums.at(tensor).dump());
    }
    for (const auto& item : checksums.items()) {
      if (!file.tensors().contains(item.key())) problem("{}: tensor \"{}\" of the manifest is missing", name, item.key());
    }
  }

  /// Everything that the manifest says about the run stands in state.json too, which has a hash: so the manifest needs none of its own.
  void check_facts(const Json& manifest, const Json& state) {
    for (const std::string_view key : {"step", "model", "num_outputs"}) {
      if (manifest.at(key) != state.at(key)) problem("manifest.json: {} is {}, state.json has {}", key, manifest.at(key).dump(), state.at(key).dump());
    }
    if (manifest.at("recipe_fingerprint") != recipe_fingerprint(state)) problem("manifest.json: its recipe fingerprint is not that of state.json");
    if (state.at("format") != kFormat) problem("state.json: format {} is not known, expected {}", state.at("format").dump(), kFormat);
    const std::optional<int64_t> named = step_of_name(folder_.filename().string());
    if (named && state.at("step") != *named) problem("state.json: step is {}, the folder's name says {}", state.at("step").dump(), *named);
  }

  fs::path folder_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> verify_checkpoint(const fs::path& folder) { return Inspection(folder).problems(); }

Checkpoint load_checkpoint(const fs::path& folder) {
  if (!fs::exists(folder)) fail(ErrorCode::kMissing, "there is no checkpoint \"{}\"", folder.string());
  const std::vector<std::string> problems = verify_checkpoint(folder);
  if (!problems.empty()) {
    constexpr size_t kShown = 3;  // chosen: enough to tell what happened; `fovea checkpoint verify` shows all
    const std::span<const std::string> shown = std::span(problems).first(std::min(kShown, problems.size()));
    const std::string rest = problems.size() > kShown ? fmt::format("; and {} more", problems.size() - kShown) : "";
    fail(ErrorCode::kData, Advice{"use another checkpoint; \"fovea checkpoint verify\" shows which are whole"}, "\"{}\" is not a whole checkpoint: {}{}",
         folder.string(), join(shown, "; "), rest);
  }
  Checkpoint checkpoint{
      .folder = folder, .state = io::read_json(folder / "state.json", kMaxJsonBytes), .manifest = io::read_json(folder / "manifest.json", kMaxJsonBytes)};
  checkpoint.step = checkpoint.manifest.at("step");
  return checkpoint;
}

bool Checkpoint::has(std::string_view part) const { return manifest.at("tensors").contains(file_of(part)); }

io::SafetensorsFile Checkpoint::file(std::string_view part) const {
  if (!has(part)) fail(ErrorCode::kMissing, "checkpoint \"{}\" has no {}", folder.string(), file_of(part));
  return io::SafetensorsFile(folder / file_of(part));
}

}  // namespace fovea::train
