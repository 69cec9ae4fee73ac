#include "http_text.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace waggle::test {

std::string field(const std::string& head, std::string_view name) {
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

bool read_body(raw_socket& from, const std::string& head, std::string& body, std::string* raw) {
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

answer read_answer(raw_socket& from, bool to_head, std::chrono::milliseconds within) {
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
