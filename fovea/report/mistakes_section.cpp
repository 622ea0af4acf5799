#include "fovea/report/html.h"
#include "fovea/report/sections.h"

#include <fmt/format.h>

namespace fovea::report {

std::string mistakes_section(const RunData& run) {
  constexpr std::string_view kTitle = "Worst mistakes";
  if (run.evaluation->worst.empty()) return section("mistakes", kTitle, absent("The evaluation left no pictures (worst.json)."));
  const bool is_detection = run.evaluation->is_detection;
  std::string body = is_detection
                         ? "<p class=\"about\">The most that is wrong: scores of the wrong boxes, and one for every missed object. White dashes: objects; red "
                           "dashes: missed ones; green: right boxes; orange: wrong ones. Some objects may be labelled wrongly or not at all: worth a "
                           "look.</p><div class=\"pictures large\">\n"
                         : "<p class=\"about\">Wrong with the most confidence. Some may be labelled wrongly: worth a look.</p><div class=\"pictures\">\n";
  for (const WorstMistake& mistake : run.evaluation->worst) {
    body += "<figure class=\"card\">";
    body += mistake.picture.empty() ? "<div class=\"missing\">picture not kept</div>" : fmt::format("<img alt=\"\" src=\"{}\">", mistake.picture);
    const std::string caption = is_detection ? "<b>" + mistake.errors + "</b>"
                                             : fmt::format("<b>{}</b> <small>{:.1f} %</small><br>→ <b class=\"wrong\">{}</b> <small>{:.1f} %</small>",
                                                           escape(shorten(mistake.truth, 24)), mistake.p_truth * 100, escape(shorten(mistake.predicted, 24)),
                                                           mistake.p_predicted * 100);
    body += fmt::format("<figcaption>{}<span title=\"{}\">{}</span></figcaption></figure>\n", caption, escape(mistake.place),
                        escape(shorten_path(mistake.place, is_detection ? 50 : 22)));
  }
  return section("mistakes", kTitle, body + "</div>");
}

}  // namespace fovea::report
