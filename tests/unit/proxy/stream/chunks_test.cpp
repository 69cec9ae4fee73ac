// Pieces framed in place are what a decoder reads back, and nothing outside of their room is touched.
#include "stream/chunks.hpp"

#include "catch.hpp"

#include <algorithm>
#include <string>

using namespace waggle::proxy;

namespace {

constexpr std::size_t lead = http1::chunk_header_room, trail = 7;

/// A piece in memory that has the room that pieces have, and marks around that.
struct piece {
  explicit piece(const std::string& body) : memory("<" + std::string(lead, '.') + body + std::string(trail, '.') + ">"), size(body.size()) {}
  std::string framed(chunk_end then) {
    const std::string out(frame_chunk(memory.data() + 1 + lead, size, then));
    REQUIRE(memory.front() == '<');
    REQUIRE(memory.back() == '>');
    return out;
  }
  std::string memory;
  std::size_t size;
};

}  // namespace

TEST_CASE("a piece as a chunk", "[unit][proxy][stream][chunks]") {
  CHECK(piece("hello").framed(chunk_end::none) == "5\r\nhello\r\n");
  CHECK(piece("hello").framed(chunk_end::whole) == "5\r\nhello\r\n0\r\n\r\n");
  CHECK(piece("hello").framed(chunk_end::trailers) == "5\r\nhello\r\n0\r\n");
  CHECK(piece("").framed(chunk_end::none).empty());  // an empty chunk would be the end
  CHECK(piece("").framed(chunk_end::whole) == "0\r\n\r\n");
  CHECK(piece("").framed(chunk_end::trailers) == "0\r\n");
}

TEST_CASE("a decoder reads pieces back", "[unit][proxy][stream][chunks]") {
  std::string sent, text, got;
  for (const std::size_t n : {1u, 15u, 16u, 255u, 4'096u, 65'536u}) {
    std::string body(n, '\0');
    for (std::size_t i = 0; i < n; ++i) body[i] = static_cast<char>(i * 31 + n);
    sent += body;
    text += piece(body).framed(n == 65'536u ? chunk_end::whole : chunk_end::none);
  }
  http1::chunk_decoder decoder;
  for (std::string_view rest = text; !rest.empty();) {
    const auto s = decoder.next(rest);
    REQUIRE(s.state != http1::chunk_decoder::state::bad);
    got += s.payload;
    rest.remove_prefix(s.consumed);
  }
  CHECK(decoder.done());
  CHECK(std::equal(got.begin(), got.end(), sent.begin(), sent.end()));
}
