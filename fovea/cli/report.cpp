// fovea report RUN... [--out FILE]
#include "fovea/report/report.h"

#include "fovea/cli/arguments.h"

namespace fovea::cli {

int run_report(const Arguments& arguments, Console& console) {
  const auto parser = make_parser("report", "One page that shows a run, or several laid over each other; works offline.");
  std::vector<std::string> runs;
  std::string out;
  parser->add_option("runs", runs, "run folders")->required()->type_name("RUN...");
  parser->add_option("-o,--out", out, "HTML file to write (default: RUN/report.html for one run, report.html for several)")->type_name("FILE");
  if (!parse(*parser, arguments, console)) return 0;

  const std::vector<fs::path> folders(runs.begin(), runs.end());
  if (out.empty() && folders.size() == 1) {
    report::write_report(folders.front());
    console.print("wrote {}\n", (folders.front() / "report.html").string());
    return 0;
  }
  const fs::path target = out.empty() ? "report.html" : out;
  write_atomically(target, report::report_page(folders));
  console.print("wrote {}\n", target.string());
  return 0;
}

}  // namespace fovea::cli
