#include <waggle/http/chars.hpp>
#include <waggle/http/path.hpp>

#include <string>
#include <string_view>

namespace waggle::http {
namespace {

constexpr char hex_digits[] = "0123456789ABCDEF";

/// Value of the escape at p ("%XX", known to be well formed).
unsigned char escape(const char* p) noexcept { return static_cast<unsigned char>(hex_value(p[1]) * 16 + hex_value(p[2])); }

/// "%252F" stays as well: decoded it would read like "%2F".
bool is_escaped_slash_escape(std::string_view s) noexcept {
  return s.size() >= 5 && s[1] == '2' && s[2] == '5' && s[3] == '2' && (s[4] | 0x20) == 'f';
}

}  // namespace

std::size_t decode_path(std::string_view path, char* out) noexcept {
  std::size_t n = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && escape(path.data() + i) != '/' && !is_escaped_slash_escape(path.substr(i))) {
      out[n++] = static_cast<char>(escape(path.data() + i));
      i += 2;
    } else {
      out[n++] = path[i];
    }
  }
  return n;
}

void append_encoded_path(std::string& out, std::string_view decoded) {
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    const char c = decoded[i];
    const bool slash_escape = c == '%' && i + 2 < decoded.size() && decoded[i + 1] == '2' && (decoded[i + 2] == 'F' || decoded[i + 2] == 'f');
    if (is(c, path_char) || slash_escape || (c == '%' && is_escaped_slash_escape(decoded.substr(i)))) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += hex_digits[byte >> 4];
    out += hex_digits[byte & 15];
  }
}

std::string decode_path(std::string_view path) {
  std::string out(path.size(), '\0');
  out.resize(decode_path(path, out.data()));
  return out;
}

}  // namespace waggle::http
