// What the page does when scripts are allowed, as text for its <script> element: reading values off curves, sorting and searching tables.
#pragma once

#include <string_view>

namespace fovea::report {

std::string_view page_script();

}  // namespace fovea::report
