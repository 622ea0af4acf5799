// The look of the page, as text for its <style> element.
#pragma once

#include <string_view>

namespace fovea::report {

std::string_view style_sheet();

}  // namespace fovea::report
