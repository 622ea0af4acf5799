#include "fovea/report/html.h"

#include <cstdint>
#include <vector>

namespace fovea::report {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026

struct Symbol {
  std::string_view bytes;  // empty when they are not UTF-8
  uint32_t code = 0;
  size_t length = 1;  // bytes to step over
};

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
Symbol symbol_at(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  const uint32_t first = byte(at);
  if (first < 0x80) return {text.substr(at, 1), first, 1};
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return {};
  uint32_t code = first & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return {};
    code = code << 6U | (byte(at + i) & 0x3FU);
  }
  const bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (is_overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {text.substr(at, length), code, length};
}

bool is_control(uint32_t code) { return (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7F && code < 0xA0); }

// Unicode's marks that override the direction of text: a class name could make its row read backwards.
bool turns_direction(uint32_t code) { return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069); }

size_t columns_of(uint32_t code) {
  const bool is_wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) || (code >= 0xAC00 && code <= 0xD7A3) ||
                       (code >= 0xF900 && code <= 0xFAFF) || (code >= 0xFF00 && code <= 0xFF60) || code >= 0x1F300;
  return is_wide ? 2 : 1;
}

std::vector<Symbol> symbols_of(std::string_view text) {
  std::vector<Symbol> symbols;
  for (size_t at = 0; at < text.size(); at += symbols.back().length) {
    symbols.push_back(symbol_at(text, at));
    if (symbols.back().bytes.empty()) symbols.back().bytes = kReplacement;
  }
  return symbols;
}

size_t columns_of(const std::vector<Symbol>& symbols) {
  size_t total = 0;
  for (const Symbol& symbol : symbols) total += columns_of(symbol.code);
  return total;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";  // RFC 4648, section 4
  std::string result;
  result.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t k = 0; k < 3; ++k) group = group << 8U | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k) result += k <= count ? kDigits[group >> (18U - 6U * k) & 0x3FU] : '=';
  }
  return result;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string result;
  result.reserve(text.size() + text.size() / 8);
  for (const Symbol& symbol : symbols_of(text)) {
    switch (symbol.code) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&#39;"; break;
      default: result += (symbol.bytes != kReplacement && is_control(symbol.code)) || turns_direction(symbol.code) ? kReplacement : symbol.bytes;
    }
  }
  return result;
}

std::string shorten(std::string_view text, size_t columns) {
  const std::vector<Symbol> symbols = symbols_of(text);
  if (columns_of(symbols) <= columns) return std::string(text);
  std::string result;
  size_t used = 1;  // the ellipsis
  for (const Symbol& symbol : symbols) {
    used += columns_of(symbol.code);
    if (used > columns) break;
    result += symbol.bytes;
  }
  return result += kEllipsis;
}

std::string shorten_path(std::string_view path, size_t columns) {
  const std::vector<Symbol> symbols = symbols_of(path);
  if (columns_of(symbols) <= columns) return std::string(path);
  size_t used = 1;
  size_t first = symbols.size();
  while (first > 0 && used + columns_of(symbols[first - 1].code) <= columns) used += columns_of(symbols[--first].code);
  std::string result(kEllipsis);
  for (size_t i = first; i < symbols.size(); ++i) result += symbols[i].bytes;
  return result;
}

std::string picture_uri(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF")) return "data:image/jpeg;base64," + base64(bytes);
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return "data:image/png;base64," + base64(bytes);
  return {};
}

}  // namespace fovea::report
