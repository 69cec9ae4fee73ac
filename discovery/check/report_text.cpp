// A report for a terminal. Control characters of labels never reach it.
#include "check/report_words.hpp"

#include <waggle/discovery/check.hpp>

#include <algorithm>
#include <map>
#include <string>

namespace waggle::discovery {

namespace {

using model::diagnostic;

// What strangers wrote into labels must not move the cursor.
std::string safe(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto b = static_cast<unsigned char>(c);
    if (b < 0x20 || b == 0x7f) c = '?';
  }
  return out;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  out.append(std::max(width, out.size() + 1) - out.size(), ' ');
  return out;
}

void tell(std::string& out, const diagnostic& d, const std::map<std::string, check_place>& lines) {
  out += "  " + padded(check::word(d.level), 8) + d.code + ": ";
  if (!d.label.empty()) {
    out += safe(d.label);
    if (!d.value.empty()) out += "=" + safe(d.value);
    if (const auto it = lines.find(d.label); it != lines.end())
      out += " (line " + std::to_string(it->second.line) + (it->second.file.empty() ? "" : " of " + it->second.file) + ")";
    out += ": ";
  }
  out += safe(d.text) + "\n";
  if (!d.fix.empty()) out += "          fix: " + safe(d.fix) + "\n";
}

void tell(std::string& out, const check_frontend& f, const std::string& network) {
  out += "  " + safe(f.rule) + "\n    on ";
  for (std::size_t i = 0; i < f.entry_points.size(); ++i) out += (i == 0 ? "" : ", ") + safe(f.entry_points[i]);
  if (f.entry_points.empty()) out += "no entry point";
  out += ", priority " + std::to_string(f.priority) + " -> " + safe(f.backend);
  if (f.port != 0) out += ", " + f.scheme + " port " + std::to_string(f.port);
  if (!network.empty()) out += ", network " + safe(network);
  if (!f.cookie.empty()) out += ", sticky by cookie " + safe(f.cookie);
  out += "\n";
}

void tell(std::string& out, const check_stream& s, const std::string& network) {
  out += "  " + s.protocol + (s.rule.empty() ? "" : " " + safe(s.rule)) + "\n    on ";
  for (std::size_t i = 0; i < s.entry_points.size(); ++i) out += (i == 0 ? "" : ", ") + safe(s.entry_points[i]);
  out += " -> " + safe(s.service) + ", " + s.scheduler;
  if (s.port != 0) out += ", port " + std::to_string(s.port);
  if (!network.empty()) out += ", network " + safe(network);
  out += "\n";
}

std::string plural(std::size_t n, const char* one) { return std::to_string(n) + " " + one + (n == 1 ? "" : "s"); }

}  // namespace

std::string check_text(const check_report& report) {
  std::string out;
  std::size_t routed = 0;
  for (const auto& d : report.general) tell(out, d, {});
  for (const auto& s : report.services) {
    const auto& v = s.verdict;
    if (v.state != model::routing_state::not_routed) ++routed;
    out += (out.empty() ? "" : "\n") + padded((v.container ? "container " : "") + safe(v.service), 30) + std::string(check::word(v));
    if (v.service == report.own_service) out += " (waggle itself)";
    out += "\n";
    for (const auto& f : s.frontends) tell(out, f, v.network);
    for (const auto& one : s.streams) tell(out, one, v.network);
    for (const auto& d : v.diagnostics) tell(out, d, s.lines);
  }
  const bool containers = !report.services.empty() && report.services.front().verdict.container;
  out += "\n" + plural(report.services.size(), containers ? "container" : "service") + ", " + std::to_string(routed) + " routed, " +
         (report.problems() == 0 ? "no problems" : plural(report.problems(), "problem")) + "\n";
  return out;
}

std::string check_fixes(const check_report& report) {
  std::string out;
  for (const auto& s : report.services) {
    std::map<std::string, const diagnostic*> labels;  // the first word about each counts
    for (const auto& d : s.verdict.diagnostics)
      if (!d.label.empty() && !d.instead.empty()) labels.emplace(d.label, &d);
    if (!labels.empty()) out += "  " + safe(s.verdict.service) + "\n";
    for (const auto& [label, d] : labels) {
      out += "    " + safe(label) + "=" + safe(d->instead);
      if (!d->value.empty()) out += "   (now " + safe(d->value) + ")";
      out += "\n";
    }
  }
  return out.empty() ? "\nNo label whose right value is certain.\n" : "\nLabels to change:\n" + out;
}

}  // namespace waggle::discovery
