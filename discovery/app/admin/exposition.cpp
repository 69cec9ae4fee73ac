#include "admin/exposition.hpp"

#include <waggle/base/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace waggle::app::admin {
namespace {

void append_escaped(std::string& out, std::string_view value) {
  while (!value.empty()) {
    const auto plain = std::find_if(value.begin(), value.end(), [](char c) { return c == '\\' || c == '"' || c == '\n' || static_cast<signed char>(c) < 0; });
    out.append(value.begin(), plain);
    value.remove_prefix(static_cast<std::size_t>(plain - value.begin()));
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
                 what == kind::counter ? "counter" : what == kind::gauge ? "gauge" : "histogram");
}

void exposition::put_labels(std::string& out, labels on, std::string_view le) {
  char next = '{';
  const auto put = [&](std::string_view name, std::string_view text) {
    out += next;
    next = ',';
    out += name;
    out += "=\"";
    append_escaped(out, text);
    out += '"';
  };
  for (const label& l : on) put(l.name, l.value);
  if (!le.empty()) put("le", le);
  if (next == ',') out += '}';
  out += ' ';
}

std::string exposition::rendered(labels on) {
  std::string out;
  put_labels(out, on, {});
  return out;
}

void exposition::begin(std::string_view suffix, labels on, std::string_view le) {
  out_ += name_;
  out_ += suffix;
  put_labels(out_, on, le);
}

void exposition::sample(const std::string& rendered_labels, std::uint64_t v) {
  out_ += name_;
  out_ += rendered_labels;
  const fmt::format_int text(v);
  out_.append(text.data(), text.size());
  out_ += '\n';
}

void exposition::sample(const std::string& rendered_labels, double v) {
  out_ += name_;
  out_ += rendered_labels;
  value(v);
}

void exposition::value(double v) {
  if (!std::isfinite(v)) v = 0;
  if (v == std::floor(v) && std::abs(v) < 1e15) fmt::format_to(std::back_inserter(out_), "{}\n", static_cast<std::int64_t>(v));
  else fmt::format_to(std::back_inserter(out_), "{}\n", v);
}

void exposition::sample(labels on, std::uint64_t v) {
  begin({}, on, {});
  fmt::format_to(std::back_inserter(out_), "{}\n", v);
}

void exposition::sample(labels on, double v) {
  begin({}, on, {});
  value(v);
}

void exposition::histogram_line(std::string_view suffix, labels on, double v, std::string_view le) {
  begin(suffix, on, le);
  value(v);
}

}  // namespace waggle::app::admin
