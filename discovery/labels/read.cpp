#include "labels/read.hpp"

#include "labels/go_value.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace waggle::discovery {

namespace {

using base::log_level;
using model::severity;

void complain(label_notes& notes, const label_use& use, std::string line, std::string problem, std::string fix) {
  notes.lines.push_back({log_level::error, std::move(line)});
  notes.diagnostics.push_back(about_label(severity::warning, "bad-value", use, std::move(problem), std::move(fix)));
}

std::string unable(const label_use& use) { return "Unable to parse " + base::go_quote(use.key) + ": " + base::go_quote(use.value); }

template <class Number>
void read_number(label_notes& notes, const label_use& use, Number& slot, std::string_view function) {
  const auto value = parse_go_int(use.value, function);
  if (value.has_error()) {
    complain(notes, use, unable(use) + ", falling back to " + std::to_string(slot) + ". " + value.error().reason,
             "not a whole number; " + std::to_string(slot) + " is used", "write a whole number");
    return;
  }
  slot = static_cast<Number>(std::clamp<std::int64_t>(*value, std::numeric_limits<Number>::min(), std::numeric_limits<Number>::max()));
  if (slot != *value) {
    notes.diagnostics.push_back(about_label(severity::warning, "bad-value", use, "is out of range; " + std::to_string(slot) + " is used",
                                            "write a number between " + std::to_string(std::numeric_limits<Number>::min()) + " and " +
                                                std::to_string(std::numeric_limits<Number>::max())));
  }
}

}  // namespace

std::string read_template(label_notes& notes, const label_use& use, std::string_view text) {
  auto plain = unescape_template(text);
  if (plain.has_value()) {
    // What was hidden in an escape must not reach a header or the log as a line break; PEM text has them and goes to neither.
    const bool pem = use.key.find(".auth.forward.tls.") != std::string_view::npos && plain->find("-----BEGIN ") != std::string::npos;
    if (plain->find_first_of(pem ? std::string_view("\0", 1) : std::string_view("\r\n\0", 3)) != std::string::npos) {
      notes.diagnostics.push_back(about_label(severity::error, "control-character", use, "holds an escaped line break", "write it on one line"));
    }
    return std::move(*plain);
  }
  if (notes.template_error.empty()) {
    notes.template_error = "Near line 0 (last key parsed '" + std::string(use.key) + "'): " + plain.error().reason;
  }
  notes.diagnostics.push_back(
      about_label(severity::error, "bad-escape", use, "holds " + plain.error().reason, "write a backslash as \\\\ and a double quote as \\\""));
  return std::string(text);
}

void read_value(label_notes& notes, const label_use& use, bool& slot) {
  const auto value = parse_go_bool(use.value);
  if (value.has_value()) {
    slot = *value;
    return;
  }
  const std::string fallback = slot ? "true" : "false";
  complain(notes, use, unable(use) + ", falling back to " + fallback + ". " + value.error().reason, "not a boolean; " + fallback + " is used",
           "write true or false");
}

void read_value(label_notes& notes, const label_use& use, int& slot) { read_number(notes, use, slot, "Atoi"); }

void read_value(label_notes& notes, const label_use& use, std::int64_t& slot) { read_number(notes, use, slot, "ParseInt"); }

void read_value(label_notes& notes, const label_use& use, std::string& slot) {
  if (!use.value.empty()) slot = read_template(notes, use, use.value);
}

void read_raw(label_notes&, const label_use& use, std::string& slot) {
  if (!use.value.empty()) slot = use.value;
}

void read_raw_list(label_notes& notes, const label_use& use, std::vector<std::string>& slot) {
  slot = split_list(use.value);
  if (slot.empty()) {
    notes.lines.push_back({log_level::debug, "Could not load " + base::go_quote(use.key) + "."});
  }
}

void read_value(label_notes& notes, const label_use& use, std::vector<std::string>& slot) {
  read_raw_list(notes, use, slot);
  for (auto& part : slot) part = read_template(notes, use, part);
}

void read_value(label_notes& notes, const label_use& use, model::header_map& slot) {
  if (use.value.empty()) {
    complain(notes, use, "Missing value for " + base::go_quote(use.key) + ", skipping...", "is empty", "write Name:value, entries separated by ||");
    return;
  }
  std::string_view rest = use.value;
  for (bool more = true; more;) {
    const auto bar = rest.find("||");
    const auto entry = rest.substr(0, bar);
    more = bar != std::string_view::npos;
    if (more) rest.remove_prefix(bar + 2);
    const auto colon = entry.find(':');
    if (colon == std::string_view::npos) {
      notes.lines.push_back({log_level::warning, "Could not load " + base::go_quote(use.key) + ": " + base::go_quote(entry) + ", skipping..."});
      notes.diagnostics.push_back(
          about_label(severity::warning, "bad-value", use, "an entry has no colon", "write Name:value, entries separated by ||"));
      continue;
    }
    const std::string name = canonical_header(trimmed(entry.substr(0, colon)));
    if (!bare_template_key(name)) {
      if (notes.template_error.empty()) notes.template_error = "Near line 0 (last key parsed ''): bare keys cannot contain " + base::go_quote(name);
      notes.diagnostics.push_back(
          about_label(severity::error, "bad-header-name", use, base::go_quote(name) + " cannot be a header name", "use letters, digits, - and _"));
    }
    slot[name] = read_template(notes, use, trimmed(entry.substr(colon + 1)));
  }
  if (slot.empty()) {
    notes.lines.push_back({log_level::error, "Could not load " + base::go_quote(use.key) + ", skipping..."});
  }
}

void read_rate(label_notes& notes, const label_use& use, std::int64_t& slot) {
  const auto value = parse_go_int(use.value, "ParseInt");
  if (value.has_value()) slot = *value;
  else complain(notes, use, unable(use) + ". " + value.error().reason, "not a whole number", "write a whole number");
}

void read_duration_text(label_notes& notes, const label_use& use, std::string& slot) {
  read_value(notes, use, slot);
  if (use.value.empty() || parse_go_duration(slot).has_value()) return;
  notes.diagnostics.push_back(
      about_label(severity::warning, "bad-value", use, "not a duration; the default is used", "write 10s, 500ms or a number of seconds"));
}

void read_duration(label_notes& notes, const label_use& use, std::int64_t& slot) {
  const auto value = parse_go_duration(use.value);
  if (value.has_value()) slot = *value;
  else complain(notes, use, unable(use) + ". " + value.error().reason, "not a duration", "write 10s, 500ms or a number of seconds");
}

}  // namespace waggle::discovery
