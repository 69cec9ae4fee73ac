#include "ask/ask_command.hpp"

#include "ask/healthcheck.hpp"
#include "ask/ipvs_question.hpp"
#include "options/values.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace waggle::app {
namespace {

using base::text_error;

constexpr std::string_view user_variable = "WAGGLE_API_USER";
constexpr std::chrono::seconds patience{30};                       // where CPUs are short, requests of clients go first
constexpr std::string_view no_such_path = "404 page not found\n";  // of the API; a service that it does not know is told of in other words
constexpr int answered = 0, no_answer = 1, usage = 2;
struct question {
  std::string command, endpoint = ":8080", user, service, request, entry_point;
  std::vector<std::string> headers;
  bool json = false;
  ipvs_question ipvs;
};

std::string base64(std::string_view text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
    const unsigned bits = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    for (unsigned k = 0; k < 4; ++k) out += i + k > text.size() ? '=' : digits[bits >> (18 - 6 * k) & 63U];
  }
  return out;
}

base::text_result<question> read(const std::vector<std::string>& args) {
  question out;
  std::size_t i = !args.empty() && (args[0] == "waggle" || args[0] == "traefik") ? 1 : 0;
  out.command = args[i++];
  for (; i < args.size(); ++i) {
    const std::string_view arg = args[i];
    const auto equals = arg.find('=');
    const std::string name = lower(arg.substr(0, equals));
    if (name == "--json") {
      out.json = true;
      continue;
    }
    if (out.command == "status") {
      const auto taken = out.ipvs.take(arg);
      if (!taken) return taken.error();
      if (*taken) continue;
    }
    std::string header;
    std::string* const to = name == "--endpoint"     ? &out.endpoint
                            : name == "--user"       ? &out.user
                            : name == "--request"    ? &out.request
                            : name == "--entrypoint" ? &out.entry_point
                            : name == "--header"     ? &header
                                                     : nullptr;
    if (to != nullptr) {
      to->clear();
      if (equals != std::string_view::npos) *to = arg.substr(equals + 1);
      else if (i + 1 < args.size()) *to = args[++i];
      if (to->empty()) return text_error{fmt::format("flag {} needs a value", name)};
      if (!header.empty()) out.headers.push_back(header);
    } else if (arg.starts_with("-") || !out.service.empty()) {
      return text_error{fmt::format("unexpected argument: {}; waggle {} --help lists what it takes", arg, out.command)};
    } else {
      out.service = arg;
    }
  }
  const auto ipvs = out.ipvs.asked();
  if (!ipvs) return ipvs.error();
  if (out.command == "status" && !*ipvs && !out.service.empty())
    return text_error{fmt::format("unexpected argument: {}; waggle explain {} shows one service, waggle status --ipvs {} its virtual servers",
                                  out.service, out.service, out.service)};
  if (const char* const set = std::getenv(std::string(user_variable).c_str()); out.user.empty() && set != nullptr) out.user = set;
  if (!out.user.empty() && out.user.find(':') == std::string::npos) return text_error{"--user: expected NAME:PASSWORD"};
  if (!out.request.empty() && !out.service.empty()) return text_error{"a service and --request are two questions; ask one at a time"};
  return out;
}

std::string target_of(const question& q) {
  const std::string as = q.json ? "" : "as=text";
  if (q.command == "status") return *q.ipvs.asked() ? q.ipvs.target(q.service, q.json) : "/api/status?" + as;
  if (q.request.empty()) return (q.service.empty() ? "/api/explain?" : "/api/explain/service/" + url_encoded(q.service) + "?") + as;
  const auto blank = q.request.find(' ');
  const std::string method = blank == std::string::npos ? "GET" : q.request.substr(0, blank);
  std::string out = "/api/explain/request?" + as + "&method=" + url_encoded(method) +
                    "&url=" + url_encoded(trim(blank == std::string::npos ? q.request : q.request.substr(blank + 1)));
  if (!q.entry_point.empty()) out += "&entryPoint=" + url_encoded(q.entry_point);
  for (const std::string& h : q.headers) out += "&header=" + url_encoded(h);
  return out;
}

}  // namespace

bool asks_the_api(const std::vector<std::string>& args) {
  const std::size_t i = !args.empty() && (args[0] == "waggle" || args[0] == "traefik") ? 1 : 0;
  return i < args.size() && (args[i] == "explain" || args[i] == "status");
}

int ask_command(const std::vector<std::string>& args) {
  const auto q = read(args);
  if (!q) {
    fmt::print(stderr, "waggle: {}\n", q.error().reason);
    return usage;
  }
  const std::string fields = q->user.empty() ? std::string{} : "Authorization: Basic " + base64(q->user) + "\r\n";
  const auto got = ask_local(q->endpoint, target_of(*q), patience, fields);
  if (!got) {
    fmt::print(stderr,
               "waggle: no answer from {}: {}\nIs waggle running there with --api? Its address is that of the entry point traefik; give it as "
               "--endpoint=ADDRESS.\n",
               q->endpoint, got.error().reason);
    return no_answer;
  }
  if (got->status == 404 && (q->service.empty() || got->body == no_such_path)) {
    fmt::print(stderr, "waggle: {} has no such path: the API is not switched on there (start waggle with --api), or it is another program\n",
               q->endpoint);
    return no_answer;
  }
  if (got->status == 401) {
    if (q->user.empty())
      fmt::print(stderr, "waggle: {} asks for a user (Auth of its entry point): give --user=NAME:PASSWORD or set {}\n", q->endpoint, user_variable);
    else
      fmt::print(stderr, "waggle: {} does not know this user and password, or has digest auth, which only browsers and curl --digest speak\n",
                 q->endpoint);
    return no_answer;
  }
  if (got->status == 403) {
    fmt::print(stderr, "waggle: {} refuses this address: add 127.0.0.1/32 to WhiteList.SourceRange of its entry point\n", q->endpoint);
    return no_answer;
  }
  const bool good = got->status == 200;
  std::fwrite(got->body.data(), 1, got->body.size(), good ? stdout : stderr);
  if (good && q->json) std::fputc('\n', stdout);
  return good ? answered : no_answer;
}

}  // namespace waggle::app
