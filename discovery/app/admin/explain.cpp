#include "admin/explain.hpp"

#include "admin/escapes.hpp"

#include <waggle/base/hex.hpp>

#include <algorithm>

namespace waggle::app::admin {
namespace {

bool wants_text(const std::vector<std::pair<std::string, std::string>>& query) {
  return std::find(query.begin(), query.end(), std::pair<std::string, std::string>{"as", "text"}) != query.end();
}

response text(std::string body) {
  return {.status = 200, .content_type = "text/plain; charset=utf-8", .body = std::move(body), .location = {}, .nosniff = true};
}

response json(std::string body) { return {.status = 200, .content_type = "application/json; charset=UTF-8", .body = std::move(body)}; }

response refused(std::string why) {
  return {.status = 400, .content_type = "text/plain; charset=utf-8", .body = std::move(why) + '\n', .location = {}, .nosniff = true};
}

/// "https://host/path?x" or "host/path" or "/path" → host and target.
void take_url(std::string_view url, proxy::request_question& out) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos && url.find_first_of("/?#") == scheme + 1) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('#'));
  const auto end = url.find_first_of("/?");
  out.host = url.substr(0, end);
  out.target = end == std::string_view::npos ? "/" : std::string(url.substr(end));
  if (out.target[0] == '?') out.target.insert(0, "/");
}

}  // namespace

std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
    const auto equals = one.find('=');
    auto name = base::percent_decode(one.substr(0, equals), true);
    auto value = base::percent_decode(equals == std::string_view::npos ? std::string_view{} : one.substr(equals + 1), true);
    if (name && value && !name->empty()) out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

response explain_all(const sources& from, names, std::string_view query) {
  const picture p(from);
  return wants_text(query_pairs(query)) ? text(text_of_all(p, from)) : json(json_of_all(p));
}

response explain_service(const sources& from, names n, std::string_view query) {
  const picture p(from);
  const story* const s = p.find(n[0]);
  if (s) return wants_text(query_pairs(query)) ? text(text_of_service(p, *s)) : json(json_of_service(p, *s));
  if (p.age_seconds() < 0 && from.docker) {  // not "there is none": nothing is known of any
    return {.status = 503, .content_type = "text/plain; charset=utf-8", .body = no_view(p, from) + "\n", .location = {}, .nosniff = true};
  }
  response out = not_found();
  out.body = "there is no " +
             (p.status().containers ? "container " + n[0].substr(0, 200) + " that runs" : "service " + n[0].substr(0, 200) + " in the swarm") +
             "; GET /api/explain lists all\n";
  return out;
}

response explain_request(const sources& from, names, std::string_view query) {
  proxy::request_question asked;
  const auto pairs = query_pairs(query);
  bool has_url = false;
  for (const auto& [name, value] : pairs) {
    if (name == "method") asked.method = value;
    else if (name == "entryPoint") asked.entry_point = value;
    else if (name == "url") take_url(value, asked), has_url = true;
    else if (name == "header") {
      const auto colon = value.find(':');
      if (colon == std::string::npos || colon == 0) return refused("header=" + value.substr(0, 100) + ": expected Name: value");
      const std::string_view rest = std::string_view(value).substr(colon + 1);
      const auto first = rest.find_first_not_of(' ');
      asked.headers.emplace_back(value.substr(0, colon), first == std::string_view::npos ? "" : rest.substr(first));
      if (asked.headers.size() > 100) return refused("too many headers");
    }
  }
  if (!has_url) return refused("url is missing: /api/explain/request?method=GET&url=https://host/path");
  proxy::request_explanation e = from.explain(asked);
  if (const std::string why = from.awaited ? from.awaited() : std::string(); !why.empty() && !e.routed) e.outcome += "; " + why;
  return wants_text(pairs) ? text(text_of_request(asked, e)) : json(json_of_request(asked, e));
}

response status_text(const sources& from, names n, std::string_view query) {
  if (!wants_text(query_pairs(query))) return status(from, n);
  return text(text_of_status(picture(from), from));
}

}  // namespace waggle::app::admin
