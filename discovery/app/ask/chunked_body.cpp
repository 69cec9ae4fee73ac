#include "ask/chunked_body.hpp"

#include "options/values.hpp"

#include <charconv>
#include <cstdint>

namespace waggle::app {

bool is_chunked(std::string_view head) {
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string line = lower(head.substr(0, end));
    if (line.starts_with("transfer-encoding:") && line.find("chunked") != std::string::npos) return true;
    head = end == std::string_view::npos ? std::string_view{} : head.substr(end + 2);
  }
  return false;
}

std::optional<std::string> join_chunks(std::string_view body) {
  std::string out;
  for (;;) {
    std::uint64_t size = 0;
    const auto [at, error] = std::from_chars(body.data(), body.data() + body.size(), size, 16);
    const std::size_t line = body.find("\r\n");
    if (error != std::errc{} || line == std::string_view::npos) return std::nullopt;
    if (at != body.data() + line && *at != ';' && *at != ' ') return std::nullopt;
    body.remove_prefix(line + 2);
    if (size == 0) return out;  // trailers say nothing here
    if (body.size() < 2 || size > body.size() - 2 || body.substr(size, 2) != "\r\n") return std::nullopt;
    out += body.substr(0, size);
    body.remove_prefix(size + 2);
  }
}

}  // namespace waggle::app
