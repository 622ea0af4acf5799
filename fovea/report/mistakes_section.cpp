#include "fovea/report/html.h"
#include "fovea/report/sections.h"

#include <fmt/format.h>

namespace fovea::report {

std::string mistakes_section(const RunData& run) {
  constexpr std::string_view kTitle = "Worst mistakes";
  if (run.evaluation->worst.empty()) return section("mistakes", kTitle, absent("The evaluation left no pictures (worst.json)."));
  std::string body = "<p class=\"about\">Wrong with the most confidence. Some may be labelled wrongly: worth a look.</p><div class=\"pictures\">\n";
  for (const WorstMistake& mistake : run.evaluation->worst) {
    body += "<figure class=\"card\">";
    body += mistake.picture.empty() ? "<div class=\"missing\">picture not kept</div>" : fmt::format("<img alt=\"\" src=\"{}\">", mistake.picture);
    body += fmt::format(
        "<figcaption><b>{}</b> <small>{:.1f} %</small><br>→ <b class=\"wrong\">{}</b> <small>{:.1f} %</small><span "
        "title=\"{}\">{}</span></figcaption></figure>\n",
        escape(shorten(mistake.truth, 24)), mistake.p_truth * 100, escape(shorten(mistake.predicted, 24)), mistake.p_predicted * 100, escape(mistake.place),
        escape(shorten_path(mistake.place, 22)));
  }
  return section("mistakes", kTitle, body + "</div>");
}

}  // namespace fovea::report
