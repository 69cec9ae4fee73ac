// A report for programs: the members of /api/verdicts, and what each service would be reached by.
#include "check/report_words.hpp"
#include "translate/json_writer.hpp"

#include <waggle/discovery/check.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace waggle::discovery {

namespace {

template <class List, class Write>
std::string array(const List& list, Write write) {
  std::string out = "[";
  for (const auto& one : list) {
    if (out.size() > 1) out += ',';
    out += write(one);
  }
  return out + "]";
}

std::string quoted(std::string_view text) { return go_json_string(text); }

std::string json_of(const check_frontend& f) {
  json_object out;
  out.raw("name", quoted(f.name)).raw("rule", quoted(f.rule)).raw("entryPoints", array(f.entry_points, quoted));
  out.always("priority", static_cast<std::int64_t>(f.priority)).raw("backend", quoted(f.backend));
  out.text("protocol", f.scheme).number("port", f.port).text("stickyCookie", f.cookie);
  return std::move(out).done();
}

std::string json_of(const check_stream& s) {
  json_object out;
  out.raw("protocol", quoted(s.protocol)).raw("name", quoted(s.name)).text("rule", s.rule).raw("entryPoints", array(s.entry_points, quoted));
  out.raw("service", quoted(s.service)).text("scheduler", s.scheduler).number("port", s.port);
  return std::move(out).done();
}

std::string json_of(const model::diagnostic& d, const std::map<std::string, check_place>& lines) {
  json_object out;
  out.raw("level", quoted(check::word(d.level))).raw("code", quoted(d.code)).raw("label", quoted(d.label));
  out.raw("value", quoted(d.value)).raw("text", quoted(d.text)).raw("fix", quoted(d.fix));
  out.text("instead", d.instead);
  if (const auto it = lines.find(d.label); it != lines.end()) out.number("line", it->second.line).text("file", it->second.file);
  return std::move(out).done();
}

std::string dashed(std::string_view words) {
  std::string out(words);
  std::replace(out.begin(), out.end(), ' ', '-');
  return out;
}

std::string json_of(const check_service& s) {
  const auto& v = s.verdict;
  json_object out;
  out.raw("service", quoted(v.service)).raw("state", quoted(dashed(check::word(v)))).raw("reason", quoted(v.reason));
  out.text("network", v.network);
  out.raw("frontends", array(s.frontends, [](const check_frontend& f) { return json_of(f); }));
  if (!s.streams.empty()) out.raw("streams", array(s.streams, [](const check_stream& one) { return json_of(one); }));
  out.raw("diagnostics", array(v.diagnostics, [&](const model::diagnostic& d) { return json_of(d, s.lines); }));
  return std::move(out).done();
}

}  // namespace

std::string check_json(const check_report& report) {
  json_object out;
  out.text("stack", report.stack_name).text("ownService", report.own_service);
  out.always("problems", static_cast<std::int64_t>(report.problems()));
  out.raw("general", array(report.general, [](const model::diagnostic& d) { return json_of(d, {}); }));
  out.raw("services", array(report.services, [](const check_service& s) { return json_of(s); }));
  return std::move(out).done() + "\n";
}

}  // namespace waggle::discovery
