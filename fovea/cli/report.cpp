// fovea report RUN... [--out FILE]
#include "fovea/report/report.h"

#include "fovea/cli/arguments.h"
#include "fovea/cli/output_file.h"
#include "fovea/train/run_folder.h"

namespace fovea::cli {

int run_report(const Arguments& arguments, Console& console) {
  const auto parser = make_parser("report", "One page that shows a run, or several laid over each other; works offline.");
  std::vector<std::string> runs;
  std::string out;
  Overwrite overwrite;
  parser->add_option("runs", runs, "run folders")->required()->type_name("RUN...");
  parser->add_option("-o,--out", out, "HTML file to write (default: RUN/report.html for one run, report.html for several)")->type_name("FILE");
  overwrite.add_to(*parser);
  if (!parse(*parser, arguments, console)) return 0;

  const std::vector<fs::path> folders(runs.begin(), runs.end());
  const bool is_its_own = out.empty() && folders.size() == 1;
  const fs::path target = !out.empty() ? fs::path(out) : is_its_own ? folders.front() / "report.html" : "report.html";
  if (is_its_own && train::is_run(folders.front())) overwrite.force = true;  // what lies in a run is the run's
  overwrite.write(target, as_bytes(report::report_page(folders)));
  console.print("wrote {}\n", target.string());
  return 0;
}

}  // namespace fovea::cli
