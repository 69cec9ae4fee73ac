// Just enough reading of HTTP/1 text for tests: fields, bodies by their framing. Independent of the proxy's own parser.
#pragma once

#include "socket.hpp"

#include <string>
#include <string_view>

namespace waggle::test {

/// Value of the first field `name` in a head; empty if there is none. Several lines: joined with "|".
std::string field(const std::string& head, std::string_view name);

/// Reads a body framed as `head` says (not: until close). @return false if it is cut or malformed.
bool read_body(raw_socket& from, const std::string& head, std::string& body, std::string* raw = nullptr);

/// One answer as a client saw it.
struct answer {
  unsigned status = 0;  ///< 0: none came
  std::string head, body;
  bool complete = false;  ///< the body ended as its framing says
  std::string field(std::string_view name) const { return test::field(head, name); }
};

/// Reads one answer. @param to_head  it has no body whatever it says.
answer read_answer(raw_socket& from, bool to_head = false, std::chrono::milliseconds within = patience());

}  // namespace waggle::test
