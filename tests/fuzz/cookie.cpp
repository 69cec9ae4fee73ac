// affinity::read: a short list of servers and an indexed one agree, and only a current server is ever named.
#include "fuzz.hpp"

#include "affinity/sticky_cookie.hpp"
#include "http1/head.hpp"

using namespace waggle::proxy;
using waggle::fuzz::require;
using waggle::fuzz::text_of;

namespace {

plan::backend backend_of(std::size_t servers) {
  plan::backend b;
  b.cookie_name = "S";
  for (std::size_t i = 0; i < servers; ++i) {
    plan::server s;
    s.url = "http://10.0.0." + std::to_string(i + 1) + ":80";
    b.servers.push_back(std::move(s));
  }
  if (servers > 8)
    for (std::size_t i = 0; i < servers; ++i) b.by_url.emplace(b.servers[i].url, static_cast<std::uint32_t>(i));
  return b;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const plan::backend few = backend_of(8), many = backend_of(12);
  static http1::request_head head;
  // Lines of the input are Cookie fields.
  std::string text = "GET / HTTP/1.1\r\nCookie: ";
  for (const char c : text_of(data, size)) text += c == '\n' ? std::string("\r\nCookie: ") : std::string(1, c);
  text += "\r\n\r\n";
  if (http1::parse_request(text, head).state != http1::parse_state::complete) return 0;
  const affinity::cookie_target a = affinity::read(head.fields, few), b = affinity::read(head.fields, many);
  require(a.has_cookie == b.has_cookie, "has_cookie");
  require(a.server < 8 && b.server < 12, "no such server");
  require(a.server == b.server || (a.server == -1 && b.server >= 8), "lists disagree");
  require(a.server < 0 || a.has_cookie, "a server without a cookie");
  require(a.has_cookie <= (text.find("S=") != std::string::npos), "a cookie out of nothing");
  return 0;
}
