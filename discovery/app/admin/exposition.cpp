#include "admin/exposition.hpp"

#include <waggle/base/utf8.hpp>

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace waggle::app::admin {
namespace {

constexpr auto plain = [] {
  std::array<bool, 256> out{};
  for (std::size_t c = 0; c < 128; ++c) out[c] = c != '\\' && c != '"' && c != '\n';
  return out;
}();

void append_escaped(std::string& out, std::string_view value) {
  while (!value.empty()) {
    std::size_t ordinary = 0;
    while (ordinary < value.size() && plain[static_cast<unsigned char>(value[ordinary])]) ++ordinary;
    out.append(value.data(), ordinary);
    value.remove_prefix(ordinary);
    if (value.empty()) return;
    const std::size_t n = base::utf8_length(value);
    if (value[0] == '\\') out += "\\\\";
    else if (value[0] == '"') out += "\\\"";
    else if (value[0] == '\n') out += "\\n";
    else if (n == 0) out += "\xEF\xBF\xBD";  // what is not UTF-8 would spoil the whole scrape
    else out += value.substr(0, n);
    value.remove_prefix(n == 0 ? 1 : n);
  }
}

}  // namespace

std::string bound_text(double bound) { return fmt::format("{}", bound); }

void exposition::family(std::string_view name, kind what, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                 what == kind::counter ? "counter"
                 : what == kind::gauge ? "gauge"
                                       : "histogram");
}

void exposition::render(std::string& to, labels on, char next) {
  for (const label& l : on) {
    to += next;
    next = ',';
    to += l.name;
    to += "=\"";
    append_escaped(to, l.value);
    to += '"';
  }
}

std::string exposition::closing_with(std::string_view bound) { return fmt::format(",le=\"{}\"}} ", bound); }

void exposition::begin(std::string_view suffix, std::string_view rendered, std::string_view closed_by) {
  out_ += name_;
  out_ += suffix;
  out_ += rendered;
  out_ += closed_by;
}

void exposition::begin(labels on) {
  out_ += name_;
  render(out_, on);
  out_ += on.size() == 0 ? std::string_view(" ") : closing;
}

void exposition::value(std::uint64_t v) {
  const fmt::format_int text(v);
  out_.append(text.data(), text.size());
  out_ += '\n';
}

void exposition::value(double v) {
  if (!std::isfinite(v)) v = 0;
  char text[40];
  const bool whole = v == std::floor(v) && std::abs(v) < 1e15;
  const char* const end =
      whole ? fmt::format_to(text, FMT_COMPILE("{}\n"), static_cast<std::int64_t>(v)) : fmt::format_to(text, FMT_COMPILE("{}\n"), v);
  out_.append(text, static_cast<std::size_t>(end - text));
}

}  // namespace waggle::app::admin
