// PostgreSQL's first messages (protocol documentation, "Message Formats").
#include "tls/postgres_start.hpp"

#include "catch.hpp"

#include <string>
#include <string_view>

using namespace waggle::proxy::tls;
using message = postgres_start::message;

namespace {

std::string number(std::uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
}
std::string head(std::uint32_t length, std::uint32_t code) { return number(length) + number(code); }

/// The same answer for the head alone and with more behind it; before, it waits.
void check(const std::string& bytes, message what, std::size_t length) {
  CAPTURE(bytes, static_cast<int>(what));
  for (std::size_t n = 0; n < 8; ++n) {
    const message early = parse_postgres_start(std::string(bytes, 0, n)).what;
    CHECK((early == message::need_more || (early == what && what == message::other)));
    if (what != message::other) CHECK(early == message::need_more);
  }
  for (std::size_t n = 8; n <= bytes.size(); ++n) {
    const postgres_start p = parse_postgres_start(std::string(bytes, 0, n));
    CHECK(p.what == what);
    CHECK(p.bytes == length);
  }
}

}  // namespace

TEST_CASE("what a PostgreSQL client says first", "[unit][proxy][tls][postgres]") {
  check(std::string(postgres_ssl_request), message::ssl_request, 8);
  check(std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8) + "stuffed", message::ssl_request, 8);
  check(std::string("\0\0\0\x08\x04\xd2\x16\x30", 8), message::gss_request, 8);
  check(std::string("\0\0\0\x10\x04\xd2\x16\x2e\0\0\x12\x34key.", 16), message::cancel_request, 16);
  check(head(268, 80877102) + std::string(260, 'k'), message::cancel_request, 268);
  check(head(23, 0x00030000) + std::string("user\0postgres\0\0", 15), message::startup, 23);
  check(head(9, 0x00030002) + std::string(1, '\0'), message::startup, 9);
  check(head(10000, 0x00030000), message::startup, 10000);
}

TEST_CASE("what only looks like it", "[unit][proxy][tls][postgres]") {
  check(head(9, 80877103) + "x", message::other, 0);
  check(head(7, 80877103), message::other, 0);
  check(head(12, 80877104), message::other, 0);
  check(head(12, 80877102), message::other, 0);
  check(head(269, 80877102), message::other, 0);
  check(head(8, 80877105), message::other, 0);
  check(head(8, 0x00030000), message::other, 0);
  check(head(10001, 0x00030000), message::other, 0);
  check(head(0x01000008, 80877103), message::other, 0);
  check(head(20, 0x00020000), message::other, 0);
  check("GET / HTTP/1.1\r\n", message::other, 0);
  check("\x16\x03\x01\x02\x00\x01\x00\x01", message::other, 0);
}

TEST_CASE("what is no PostgreSQL is told by its first bytes", "[unit][proxy][tls][postgres]") {
  CHECK(parse_postgres_start("\x16").what == message::other);  // libpq 17's direct TLS
  CHECK(parse_postgres_start("G").what == message::other);
  CHECK(parse_postgres_start(std::string("\0\x01", 2)).what == message::other);
  CHECK(parse_postgres_start(std::string("\0\0\0\x07\x04", 5)).what == message::other);
  CHECK(parse_postgres_start(std::string("\0\0\0\x08\x05", 5)).what == message::other);
  CHECK(parse_postgres_start(std::string("\0\0\0\x08", 4)).what == message::need_more);
}
