// Text into HTML: everything that comes from outside (class names, paths, messages) passes through here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fovea::report {

/// Fit for element content and for attributes in quotes: & < > " ' become entities; control characters other than newline and tab, bytes that are not
/// UTF-8, and the marks that turn the direction of text round become U+FFFD.
std::string escape(std::string_view text);

/// At most `columns` wide, the end replaced by an ellipsis; wide characters (Chinese, Japanese, Korean) count twice. Not escaped.
std::string shorten(std::string_view text, size_t columns);

/// The same, but the beginning is cut: the end of a path says more.
std::string shorten_path(std::string_view path, size_t columns);

/// "data:image/jpeg;base64,..." for a JPEG or PNG; empty for anything else.
std::string picture_uri(std::string_view bytes);

}  // namespace fovea::report
