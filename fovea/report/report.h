// The page that shows a run: one HTML file without anything outside it, readable offline and without scripts.
#pragma once

#include "fovea/base/file.h"

#include <span>
#include <string>

namespace fovea::report {

/// One run: its state, curves, classes, mistakes, data, plan and events. Several: which is best, a table, the settings that differ, and their curves laid
/// over each other against step, epoch or time. Runs of the same name are told apart by their paths; one that is given twice counts once.
/// What is missing, damaged or too large is left out and said in a sentence; everything from outside is escaped.
///
/// runs    at least one
/// throws  kMissing when one of them is no run folder
/// cost    tens of milliseconds for a run of 100,000 steps; the page stays below 3 MB
std::string report_page(std::span<const fs::path> runs);

/// RUN/report.html, complete or absent. throws as report_page; kCannotCreate, kIo
void write_report(const fs::path& run);

}  // namespace fovea::report
