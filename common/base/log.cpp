#include <waggle/base/log.hpp>

#include <waggle/base/clock.hpp>
#include <waggle/base/utf8.hpp>

#include <algorithm>

namespace waggle::base {
namespace {

constexpr char hex[] = "0123456789abcdef";

bool plain(std::string_view v) noexcept {  // logrus TextFormatter.needsQuoting
  return std::all_of(v.begin(), v.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '/' || c == '@' ||
           c == '^' || c == '+';
  });
}

void append_value(std::string& out, std::string_view v) {
  if (plain(v)) out += v;
  else out += go_quote(v);
}

void append_json_string(std::string& out, std::string_view v) {
  out += '"';
  for (std::size_t i = 0; i < v.size();) {
    const auto c = static_cast<unsigned char>(v[i]);
    const std::size_t n = utf8_length(v.substr(i));
    if (n == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD, as Go's encoder does
      ++i;
      continue;
    }
    if (c == '"' || c == '\\') {
      out += '\\';
      out += v[i];
    } else if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c == '\r') out += "\\r";
    else if (c < 0x20) {
      out += "\\u00";
      out += hex[c >> 4];
      out += hex[c & 15];
    } else out += v.substr(i, n);
    i += n;
  }
  out += '"';
}

}  // namespace

std::string_view to_string(log_level level) noexcept {
  switch (level) {
    case log_level::debug: return "debug";
    case log_level::info: return "info";
    case log_level::warning: return "warning";
    case log_level::error: return "error";
    case log_level::fatal: return "fatal";
    case log_level::panic: return "panic";
  }
  return "info";
}

std::string go_quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t n = utf8_length(text.substr(i));
    if (n == 0 || c < 0x20 || c == 0x7F) {
      switch (c) {
        case '\a': out += "\\a"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        case '\v': out += "\\v"; break;
        default:
          out += "\\x";
          out += hex[c >> 4];
          out += hex[c & 15];
      }
      ++i;
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += text.substr(i, n);
    i += n;
  }
  out += '"';
  return out;
}

std::string format_text(std::string_view time, log_level level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string out;
  out.reserve(message.size() + 64);
  out += "time=\"";
  out += time;
  out += "\" level=";
  out += to_string(level);
  out += " msg=";
  append_value(out, message);
  for (const log_field& f : fields) {
    out += ' ';
    out += f.key;
    out += '=';
    append_value(out, f.value);
  }
  out += '\n';
  return out;
}

std::string format_json(std::string_view time, log_level level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string out = "{";
  for (const log_field& f : fields) {
    append_json_string(out, f.key);
    out += ':';
    append_json_string(out, f.value);
    out += ',';
  }
  out += "\"level\":\"";
  out += to_string(level);
  out += "\",\"msg\":";
  append_json_string(out, message);
  out += ",\"time\":\"";
  out += time;
  out += "\"}\n";
  return out;
}

void logger::write(log_level level, std::string_view message, std::initializer_list<log_field> fields) {
  if (!enabled(level)) return;
  const std::string time = wall_rfc3339();
  sink_.write(level, format_.load(std::memory_order_relaxed) == log_format::json ? format_json(time, level, message, fields)
                                                                                 : format_text(time, level, message, fields));
}

}  // namespace waggle::base
