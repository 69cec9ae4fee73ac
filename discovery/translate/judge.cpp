#include "translate/judge.hpp"

#include "labels/go_value.hpp"
#include "labels/label_use.hpp"
#include "translate/judge_effect.hpp"
#include "translate/judge_rule.hpp"

#include <waggle/match/rule.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace waggle::discovery {

namespace {

using model::severity;

constexpr std::size_t max_labels = 64u << 10;  // bytes of one service
constexpr std::size_t max_key = 256;

bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto b = static_cast<unsigned char>(c);
    return (b < 0x20 && c != '\t') || b == 0x7f;
  });
}

// YAML's block forms (| and >) put a line break at the end, and people do not see it.
std::string without_line_break(std::string_view value) {
  const auto end = value.find_last_not_of("\r\n");
  if (end != std::string_view::npos && !has_control(value.substr(0, end + 1)))
    return "remove the line break at its end: YAML's | and > put one there; write the value in quotes behind the key, or use |- or >-";
  return "write it on one line";
}

label_use use_of(const label_set& labels, std::string_view plain) {
  const auto it = labels.find(plain);
  if (it == labels.end()) return {plain, plain, {}, {}};
  return {plain, it->second.key, it->second.value, {}};
}

// Traefik 2's grammar, "Host(`a.example`) && PathPrefix(`/x`)", in Traefik 1's: empty if it is not simply that.
std::string from_traefik2(std::string_view rule) {
  std::string out;
  while (!rule.empty()) {
    const auto open = rule.find('('), close = rule.find(')');
    if (open == std::string_view::npos || open == 0 || close == std::string_view::npos || close < open) return {};
    const auto name = rule.substr(0, open);
    if (name.find_first_of(" !|&`\"'") != std::string_view::npos) return {};
    std::string arguments;
    for (const char c : rule.substr(open + 1, close - open - 1))
      if (c != '`' && c != '"' && c != '\'' && c != ' ') arguments += c;
    if (arguments.empty() || arguments.find_first_of("(;") != std::string::npos) return {};
    out += (out.empty() ? "" : ";") + std::string(name) + ":" + arguments;
    rule.remove_prefix(close + 1);
    if (rule.empty()) break;
    const auto next = rule.find_first_not_of(" &");
    if (next == std::string_view::npos || rule.substr(0, next).find("&&") == std::string_view::npos) return {};
    rule.remove_prefix(next);
  }
  return out;
}

// A matcher's name, then a bracket where Traefik 1 has a colon.
bool looks_like_traefik2(std::string_view rule) noexcept {
  const auto first = rule.find_first_of("(:");
  return first != std::string_view::npos && rule[first] == '(' && rule.substr(0, first).find(' ') == std::string_view::npos;
}

void judge_port(segment_plan& plan, const traefik1::server_labels& asked, const label_set& labels) {
  const auto use = use_of(labels, "traefik.port");
  if (!asked.port) {
    if (plan.container) {
      plan.diagnostics.push_back(about_label(severity::error, "no-port", use, "the label traefik.port is missing, and the container exposes no port",
                                             "add traefik.port with the port that it listens on"));
      return;
    }
    const std::string example = plan.name.empty() ? "traefik.port" : "traefik." + plan.name + ".port or traefik.port";
    plan.diagnostics.push_back(about_label(severity::error, "no-port", use, "the label traefik.port is missing",
                                           "add " + example + " with the port that the tasks listen on"));
    return;
  }
  const auto port = parse_go_int(*asked.port, "Atoi");
  const bool digits = !asked.port->empty() && asked.port->find_first_not_of("0123456789") == std::string::npos;
  if (port.has_error() || !digits || *port < 1 || *port > 65535) {
    plan.diagnostics.push_back(about_label(severity::error, "bad-port", use, "is not a port number", "write a number from 1 to 65535"));
  }
}

void judge_rule(segment_plan& plan, const label_set& labels) {
  const auto use = use_of(labels, "traefik.frontend.rule");
  if (plan.raw_rule.empty()) {
    const bool given = labels.find(use.key) != labels.end();
    plan.diagnostics.push_back(
        about_label(severity::error, given ? "empty-rule" : "no-rule", use,
                    given ? "is empty and there is no domain to make a rule from" : "there is no rule, and no domain to make one from",
                    "set traefik.frontend.rule, for example Host:app.example.com"));
    return;
  }
  if (plan.rule.empty()) {
    const auto why = unescape_template(plan.raw_rule);
    plan.diagnostics.push_back(about_label(severity::error, "bad-escape", use,
                                           "holds " + (why.has_error() ? why.error().reason : std::string("nothing")),
                                           "write a backslash as \\\\ and a double quote as \\\""));
    return;
  }
  if (has_control(plan.rule)) {
    plan.diagnostics.push_back(about_label(severity::error, "control-character", use, "holds a control character", without_line_break(plan.rule)));
    return;
  }
  const auto compiled = match::compiled_rule::compile(plan.rule);
  const auto doubt = doubt_of(plan.rule);
  if (compiled.has_error() && looks_like_traefik2(plan.rule)) {
    const std::string here = from_traefik2(plan.rule);
    plan.diagnostics.push_back(about_label(severity::error, "traefik2-rule", use, "is a rule of Traefik 2 or 3",
                                           !here.empty() && match::compiled_rule::compile(here).has_value()
                                               ? "write " + here
                                               : "write it as Name:argument,argument, joined by ;: for example "
                                                 "Host:a.example.com;PathPrefix:/x (docs/labels.md)"));
    if (!here.empty() && match::compiled_rule::compile(here).has_value()) plan.diagnostics.back().instead = here;
  } else if (doubt) {
    const bool told = compiled.has_error();
    plan.diagnostics.push_back(
        about_label(told ? severity::error : severity::warning, told ? "bad-rule" : "rule-in-doubt", use, doubt->text, doubt->fix));
    plan.diagnostics.back().instead = doubt->instead;
  } else if (compiled.has_error()) {
    plan.diagnostics.push_back(about_label(severity::error, "bad-rule", use, compiled.error().reason,
                                           "see docs/labels.md for the matchers, for example Host:a.example.com"));
  }
  if (compiled.has_value()) {
    for (const std::string& text : (*compiled)->warnings())
      plan.diagnostics.push_back(about_label(severity::warning, "rule-part-ignored", use, text, "write ReplacePathRegex:REGEX REPLACEMENT"));
  }
}

void judge_entry_points(segment_plan& plan, const label_set& labels, const options& opts) {
  if (opts.entry_points.empty() || plan.frontend.entry_points.empty()) return;
  std::string unknown;
  std::size_t good = 0;
  for (const auto& e : plan.frontend.entry_points) {
    if (std::find(opts.entry_points.begin(), opts.entry_points.end(), e) != opts.entry_points.end()) ++good;
    else unknown += (unknown.empty() ? "" : ", ") + e;
  }
  if (unknown.empty()) return;
  std::string known;
  for (const auto& e : opts.entry_points) known += (known.empty() ? "" : ", ") + e;
  plan.diagnostics.push_back(about_label(good == 0 ? severity::error : severity::warning, "unknown-entry-point",
                                         use_of(labels, "traefik.frontend.entryPoints"), "there is no entry point " + unknown,
                                         "entry points are: " + known));
}

/// There is no TLS on entry points yet, so no client shows a certificate.
void judge_client_certificate(segment_plan& plan, const label_set& labels) {
  const model::frontend_options& o = plan.frontend.options;
  if (!o.pass_tls_client_cert && !o.pass_tls_cert) return;
  const std::string_view prefix = o.pass_tls_client_cert ? "traefik.frontend.passTLSClientCert." : "traefik.frontend.passTLSCert";
  const auto it = labels.lower_bound(prefix);
  const std::string_view key = it != labels.end() && it->first.starts_with(prefix) ? std::string_view(it->first) : prefix;
  plan.diagnostics.push_back(
      about_label(severity::warning, "no-client-certificate", use_of(labels, key),
                  "does nothing: entry points have no TLS yet, so no client shows a certificate and the servers get no X-Forwarded-Tls-Client-Cert",
                  "check certificates where TLS ends, in front of waggle, and remove the label"));
}

}  // namespace

void check_label_size(std::vector<model::diagnostic>& out, const service& s) {
  std::size_t total = 0;
  label_use largest;
  for (const auto& [key, value] : s.labels) {
    total += key.size() + value.size();
    if (value.size() >= largest.value.size()) largest = {key, key, value, {}};
    if (!key.starts_with("traefik.") && !key.starts_with("waggle.")) continue;
    const label_use use{key, key, value, {}};
    if (key.size() > max_key) {
      out.push_back(about_label(severity::error, "label-name-too-long", {key.substr(0, 80), key.substr(0, 80), {}, {}},
                                "the name has " + std::to_string(key.size()) + " bytes", "at most 256 are allowed"));
    } else if (!clean_utf8(key) || !clean_utf8(value)) {
      out.push_back(about_label(severity::error, "not-utf8", use, "is not UTF-8 text", "write it in UTF-8"));
    } else if (has_control(key) || has_control(value)) {
      out.push_back(
          about_label(severity::error, "control-character", use, "holds a control character such as a line break", without_line_break(value)));
    }
  }
  if (total > max_labels) {
    out.push_back(about_label(severity::error, "labels-too-large", largest,
                              "the labels have " + std::to_string(total) + " bytes together, most of them here", "at most 65536 are allowed"));
  }
}

void judge_segment(segment_plan& plan, const traefik1::server_labels& asked, const label_set& labels, const options& opts) {
  judge_port(plan, asked, labels);
  judge_rule(plan, labels);
  judge_entry_points(plan, labels, opts);
  judge_client_certificate(plan, labels);
  judge_redirect(plan.diagnostics, plan.frontend, labels, opts);
  judge_effect(plan.diagnostics, plan.backend, labels);
  const bool sticky = plan.backend.balance && plan.backend.balance->stickiness;
  if (const auto form = use_of(labels, "waggle.backend.loadbalancer.stickiness.value"); !sticky && (form.value == "url" || form.value == "opaque")) {
    plan.diagnostics.push_back(about_label(severity::warning, "no-effect", form, "does nothing: the service has no sticky sessions",
                                           "add traefik.backend.loadbalancer.stickiness=true"));
  }
  if (asked.weight < 0) {
    plan.diagnostics.push_back(about_label(severity::error, "bad-weight", use_of(labels, "traefik.weight"), "is negative", "write 1 or more"));
  }
  if (plan.protocol != "http" && plan.protocol != "https" && plan.protocol != "h2c") {
    plan.diagnostics.push_back(
        about_label(severity::error, "bad-protocol", use_of(labels, "traefik.protocol"), "is not a protocol for servers", "write http"));
  } else if (plan.protocol != "http") {
    // The proxy skips the frontend (never in clear what was meant to be encrypted): told here as well, with a fix. No error,
    // so that the API shows the service as Traefik's does.
    plan.diagnostics.push_back(about_label(severity::warning, "protocol-not-served", use_of(labels, "traefik.protocol"),
                                           "is not served to tasks by this version: the frontend is skipped",
                                           "remove it if the tasks also speak plain http on an overlay network"));
  }
}

}  // namespace waggle::discovery
