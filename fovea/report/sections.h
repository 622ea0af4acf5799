// The parts of the page of one run, each a <section> with a heading. A part without data says so in one sentence.
#pragma once

#include "fovea/report/run_data.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace fovea::report {

std::string summary_header(const RunData& run, double now);               ///< name, verdict, figures; now: seconds since 1970
std::string curves_section(std::span<const RunData> runs);                ///< several runs are laid over each other
std::string class_section(const RunData& run);                            ///< accuracy or AP by class; this and the next two need run.evaluation
std::string confusion_section(const RunData& run);                        ///< what is taken for what
std::string mistakes_section(const RunData& run);                         ///< the worst pictures
std::string precision_section(const RunData& run);                        ///< precision against recall; this and the next need evaluation->detection
std::string errors_section(const RunData& run);                           ///< kinds of errors
std::string data_section(const RunData& run);                             ///< source, counts, skipped records
std::string history_section(const RunData& run);                          ///< plan, events, configuration
std::string comparison_header(std::span<const RunData> runs);             ///< which is best, which is fastest, what is wrong with them
std::string comparison_table(std::span<const RunData> runs, double now);  ///< results side by side, and settings that differ

/// The little line that stands for the n-th of several runs, drawn as its curves.
std::string run_key(size_t index);

/// <section id="ID"><h2>TITLE</h2>BODY</section>
std::string section(std::string_view id, std::string_view title, std::string_view body);

/// "<p class=\"none\">SENTENCE</p>"
std::string absent(std::string_view sentence);

}  // namespace fovea::report
