// Just enough reading of HTTP/1 text for tests: fields, bodies by their framing. Independent of the proxy's own parser.
#pragma once

#include "socket.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>
#include <string_view>

namespace waggle::test {

/// Value of the first field `name` in a head; empty if there is none. Several lines: joined with "|".
inline std::string field(const std::string& head, std::string_view name) {
  const auto lower = [](std::string_view s) {
    std::string out(s);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
  };
  const std::string wanted = "\r\n" + lower(name) + ":", text = lower(head);
  std::string out;
  for (std::size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 2)) {
    const std::size_t begin = at + wanted.size(), end = head.find("\r\n", begin);
    std::string value = head.substr(begin, end - begin);
    value.erase(0, value.find_first_not_of(" \t"));
    out += (out.empty() ? "" : "|") + value;
  }
  return out;
}

/// Reads a body framed as `head` says (not: until close). @return false if it is cut or malformed.
inline bool read_body(raw_socket& from, const std::string& head, std::string& body, std::string* raw = nullptr) {
  if (field(head, "Transfer-Encoding") == "chunked") {
    for (;;) {
      const std::string line = from.read_until("\r\n");
      if (line.empty()) return false;
      const std::size_t size = std::strtoul(line.c_str(), nullptr, 16);
      const std::string data = from.read_exactly(size + 2);
      if (raw) *raw += line + data;
      body += data.substr(0, std::min(size, data.size()));
      if (data.size() != size + 2) return false;
      if (size == 0) return data == "\r\n";
    }
  }
  const std::size_t size = std::strtoul(field(head, "Content-Length").c_str(), nullptr, 10);
  body = from.read_exactly(size);
  if (raw) *raw += body;
  return body.size() == size;
}

/// One answer as a client saw it.
struct answer {
  unsigned status = 0;  ///< 0: none came
  std::string head, body;
  bool complete = false;  ///< the body ended as its framing says
  std::string field(std::string_view name) const { return test::field(head, name); }
};

/// Reads one answer. @param to_head  it has no body whatever it says.
inline answer read_answer(raw_socket& from, bool to_head = false, std::chrono::milliseconds within = patience()) {
  answer a;
  a.head = from.read_until("\r\n\r\n", within);
  if (a.head.size() < 12) return a;
  a.status = static_cast<unsigned>(std::atoi(a.head.c_str() + 9));
  if (to_head || a.status < 200 || a.status == 204 || a.status == 304) {
    a.complete = true;
    return a;
  }
  if (a.field("Transfer-Encoding").empty() && a.field("Content-Length").empty()) {
    a.body = from.read_all(within);
    a.complete = from.end() == peer_end::fin;
    return a;
  }
  a.complete = read_body(from, a.head, a.body);
  return a;
}

}  // namespace waggle::test
