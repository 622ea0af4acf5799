// docs/migrating.md, written from the tables.
#pragma once

#include "fovea/compat/program.h"

#include <span>
#include <string>
#include <string_view>

namespace fovea::compat {

/// A command of the reference's documents, paths shortened, and what came of it when it was tried on small data.
struct Example {
  std::string_view heading;      ///< the part of the documents that it stands in; the same as of the one before: no new heading
  std::string_view environment;  ///< "IMAGENET_DIR=/path RESNET_SIZE=50", or empty
  std::string_view program;      ///< as the document writes it
  std::string_view arguments;    ///< separated by blanks
  std::string_view outcome;
};
std::span<const Example> examples();

/// The YAML files that the reference ships, as spec 5 lists them; `name` as in the examples. Empty when there is none of the name.
std::string_view shipped_config(std::string_view name);

/// The flags of one program with what becomes of them, for a terminal.
std::string flag_list(const Program& program);

/// docs/migrating.md
std::string reference_page();

}  // namespace fovea::compat
