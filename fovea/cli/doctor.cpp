// fovea doctor [DIR]
#include "fovea/base/strings.h"
#include "fovea/cli/arguments.h"
#include "fovea/cli/doctor_rows.h"
#include "fovea/cli/version.h"
#include "fovea/io/json.h"
#include "fovea/tensor/product_speed.h"
#include "fovea/tensor/tensor.h"

#include <algorithm>

namespace fovea::cli {

namespace {

MachineFacts look(const fs::path& folder, const Console& console) {
  constexpr double kSeconds = 0.2;  // of each measurement; chosen: all together stay below three seconds
  MachineFacts facts{.processor = train::processor(),
                     .cores = train::cores(),
                     .compute_threads = compute_threads(),
                     .memory = train::memory_limit(),
                     .memory_available = train::available_memory_bytes(),
                     .huge_pages = train::huge_pages(),
                     .libraries = tensor_libraries(),
                     .has_fast_bfloat16 = multiplies_bfloat16_fast(),
                     .float32_gflops = product_gflops(Precision::kFloat32, kSeconds),
                     .bfloat16_gflops = product_gflops(Precision::kBFloat16, kSeconds),
                     .decode = image::jpeg_decode_speed(kSeconds),
                     .folder = folder,
                     .disk_free = free_disk_bytes(folder),
                     .driver = train::nvidia_driver(),
                     .open_files = train::open_file_limit()};
  facts.threads_from_environment = std::ranges::any_of(console.environment, [](const std::string& line) { return line.starts_with("OMP_NUM_THREADS="); });
  facts.blas_library = train::blas_library();  // after the products: it may be loaded by the first of them
  try {
    facts.disk = disk_speed(folder, {});
  } catch (const Error& error) {
    facts.disk_error = error.what();
  }
  return facts;
}

void print_json(Console& console, const MachineFacts& facts, const std::vector<DoctorRow>& rows) {
  io::OrderedJson list = io::OrderedJson::array();
  for (const DoctorRow& row : rows) {
    list.push_back({{"name", row.name}, {"status", kHealthNames[static_cast<size_t>(row.health)]}, {"finding", row.finding}, {"remedy", row.remedy}});
  }
  io::OrderedJson measured{{"float32_gflops", facts.float32_gflops},
                           {"bfloat16_gflops", facts.bfloat16_gflops},
                           {"jpeg_per_s", facts.decode.pictures_per_second},
                           {"memory_available_bytes", facts.memory_available},
                           {"disk_free_bytes", facts.disk_free}};
  if (facts.disk) {
    measured["disk_write_bytes_per_s"] = facts.disk->write_bytes_per_second;
    measured["disk_read_bytes_per_s"] = facts.disk->read_bytes_per_second;
    measured["disk_read_from_memory"] = facts.disk->is_read_from_memory;
  }
  console.out << io::json_text(io::OrderedJson{{"fovea", kVersion}, {"rows", list}, {"measured", measured}}, 2) << '\n';
}

void print_rows(Console& console, const std::vector<DoctorRow>& rows) {
  constexpr std::array<std::string_view, 3> colours{"\x1b[32m", "\x1b[33m", "\x1b[31m"};
  for (const DoctorRow& row : rows) {
    const auto health = static_cast<size_t>(row.health);
    const std::string word = console.has_colour ? fmt::format("{}{}\x1b[0m", colours[health], kHealthNames[health]) : std::string(kHealthNames[health]);
    console.print("{}  {:<17}  {}\n", word, row.name, one_line(row.finding));
    if (!row.remedy.empty()) console.print("      try: {}\n", row.remedy);
  }
}

}  // namespace

int run_doctor(const Arguments& arguments, Console& console) {
  const auto parser = make_parser("doctor", "Look at this machine: what training will find, how fast it is, and what to do about what is in the way.");
  std::string folder = ".";
  bool as_json = false;
  parser->add_option("dir", folder, "folder whose disk is tried, such as that of the records or runs (default: the current one)")->type_name("DIR");
  parser->add_flag("--json", as_json, "as JSON");
  if (!parse(*parser, arguments, console)) return 0;
  std::error_code ignored;  // what cannot be looked at is no folder for this purpose
  if (!fs::is_directory(folder, ignored)) fail(ErrorCode::kMissing, "there is no folder \"{}\"", folder);

  const MachineFacts facts = look(folder, console);
  const std::vector<DoctorRow> rows = doctor_rows(facts);
  const auto count = [&](Health health) { return std::ranges::count(rows, health, &DoctorRow::health); };
  const int64_t failures = count(Health::kFail), warnings = count(Health::kWarn);
  if (as_json) {
    print_json(console, facts, rows);
  } else {
    print_rows(console, rows);
    console.print("\n{} passed, {} to look at, {} failed\n", count(Health::kPass), warnings, failures);
  }
  return failures > 0 ? static_cast<int>(ErrorCode::kDevice) : 0;
}

}  // namespace fovea::cli
