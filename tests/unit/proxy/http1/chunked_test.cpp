// RFC 9112 §7.1, strictly and with bounds (http-contract 2).
#include "http1/chunked.hpp"

#include "catch.hpp"
#include "random.hpp"

#include <string>
#include <vector>

using namespace waggle::proxy::http1;
using state = chunk_decoder::state;

namespace {

struct outcome {
  chunk_decoder::state end = state::more;
  std::string payload;
  std::size_t used = 0;
  bool operator==(const outcome&) const = default;
};

void feed(chunk_decoder& d, std::string_view piece, outcome& out) {
  while (!piece.empty() && out.end == state::more) {
    const chunk_decoder::step s = d.next(piece);
    out.payload += s.payload;
    out.used += s.consumed;
    out.end = s.state;
    if (s.state == state::more) REQUIRE(s.consumed > 0);
    piece.remove_prefix(s.consumed);
  }
}

outcome whole(std::string_view text) {
  chunk_decoder d;
  outcome out;
  feed(d, text, out);
  CHECK(d.done() == (out.end == state::done));
  return out;
}

outcome byte_by_byte(std::string_view text) {
  chunk_decoder d;
  outcome out;
  for (std::size_t i = 0; i < text.size() && out.end == state::more; ++i) feed(d, std::string(1, text[i]), out);
  return out;
}

}  // namespace

TEST_CASE("chunked bodies that are lawful", "[unit][proxy][http1][chunked]") {
  struct row {
    std::string text, payload;
  };
  const row rows[] = {
      {"0\r\n\r\n", ""},
      {"000\r\n\r\n", ""},
      {"5\r\nhello\r\n0\r\n\r\n", "hello"},
      {"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"},
      {"00000000000000000000003\r\nabc\r\n0\r\n\r\n", "abc"},  // leading zeros are not significant
      {"3;x\r\nabc\r\n0;y=z\r\n\r\n", "abc"},
      {"3;x=\"a;b\\\"\\\\\"\r\nabc\r\n0\r\n\r\n", "abc"},
      {"3; x = y\r\nabc\r\n0\r\n\r\n", "abc"},
      {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n"},
      {"1\r\n0\r\n0\r\nTrailer: x\r\nA:\r\n\r\n", "0"},
      {"0\r\nX: \xc3\xa4\t\r\n\r\n", ""},
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    const outcome o = whole(r.text + "GET");
    CHECK(o == outcome{state::done, r.payload, r.text.size()});
    CHECK(byte_by_byte(r.text + "GET") == o);
    for (std::size_t n = 0; n < r.text.size(); ++n) CHECK(whole(r.text.substr(0, n)).end == state::more);
  }
}

TEST_CASE("chunked bodies that are refused", "[unit][proxy][http1][chunked]") {
  const std::string rows[] = {
      "\r\n",
      "g\r\n",
      " 5\r\nhello\r\n",
      "5 \r\nhello\r\n",
      "5\t;x\r\n",
      "-1\r\n",
      "+1\r\n",
      "0x5\r\n",
      "5\nhello\r\n",
      "5\r\r\nhello",
      "5\rhello",
      ";x\r\n",
      "5h\r\n",
      "5\r\nhelloX\r\n",
      "5\r\nhello\n0\r\n\r\n",
      "5\r\nhello0\r\n\r\n",
      "5\r\nhello\rX",
      "0\r\n\n",
      "0\r\n\rX",
      "0\n\r\n",
      "0\r\n X: y\r\n\r\n",
      "0\r\nX y\r\n\r\n",
      "0\r\n: y\r\n\r\n",
      "0\r\nX: y\n\r\n",
      "0\r\nX: y\rz\r\n",
      "0\r\nX: y\r\n z\r\n\r\n",
      "0\r\nX\r\n\r\n",
      "3;x\n\r\nabc",
      "3;\x01\r\nabc",
      "3;x=\"\r\nabc",
      "3;x=\"\\\r\n",
      "3;x\rX",
      "fffffffffffffffff\r\n",
      "10000000000000000\r\n",
      "ffffffffffffffff1\r\n",
      std::string("0\r\nX: \0\r\n\r\n", 10),
      "5,\r\n",
      "5.\r\n",
      "\xef\xbc\x95\r\n",
  };
  for (const std::string& text : rows) {
    CAPTURE(text);
    CHECK(whole(text).end == state::bad);
    CHECK(byte_by_byte(text).end == state::bad);
  }
}

TEST_CASE("a decoder that said bad or done says nothing else", "[unit][proxy][http1][chunked]") {
  chunk_decoder bad;
  CHECK(bad.next("x").state == state::bad);
  CHECK(bad.next("0\r\n\r\n").state == state::bad);
  CHECK(bad.next("").state == state::bad);
  chunk_decoder done;
  CHECK(done.next("0\r\n\r\nrest").consumed == 5);
  CHECK(done.next("rest").state == state::done);
  CHECK(done.next("rest").consumed == 0);
}

TEST_CASE("size lines, extensions and trailers are bounded", "[unit][proxy][http1][chunked]") {
  CHECK(whole("1;" + std::string(4'000, 'x') + "\r\na\r\n0\r\n\r\n").end == state::done);
  CHECK(whole("1;" + std::string(4'200, 'x') + "\r\n").end == state::bad);
  CHECK(whole(std::string(5'000, '0') + "\r\n\r\n").end == state::bad);
  std::string many;
  for (int i = 0; i < 5; ++i) many += "1;" + std::string(4'000, 'x') + "\r\na\r\n";
  CHECK(whole(many).end == state::bad);  // 20 000 bytes of extensions in one message
  std::string small;
  for (int i = 0; i < 20'000; ++i) small += "1;\r\na\r\n";
  CHECK(whole(small).end == state::bad);
  CHECK(whole("0\r\nX: " + std::string(8'000, 'x') + "\r\n\r\n").end == state::done);
  CHECK(whole("0\r\nX: " + std::string(8'200, 'x') + "\r\n\r\n").end == state::bad);
  std::string lines = "0\r\n";
  for (int i = 0; i < 4'000; ++i) lines += "a:\r\n";
  CHECK(whole(lines).end == state::bad);
}

TEST_CASE("a huge chunk is announced and never overflows", "[unit][proxy][http1][chunked]") {
  chunk_decoder d;
  outcome o;
  feed(d, "fffffffffffffff\r\nabc", o);  // 2^60 - 1
  CHECK(o.end == state::more);
  CHECK(o.payload == "abc");
}

TEST_CASE("trailers can be kept, as lines", "[unit][proxy][http1][chunked]") {
  chunk_decoder d;
  std::string kept;
  d.keep_trailers(&kept);
  outcome o;
  feed(d, "1\r\na\r\n0\r\nX: y\r\nZ:\r\n\r\n", o);
  CHECK(o.end == state::done);
  CHECK(kept == "X: y\r\nZ:\r\n");
}

TEST_CASE("chunk headers are written in front of what they announce", "[unit][proxy][http1][chunked]") {
  char room[chunk_header_room];
  char* const end = room + sizeof room;
  const auto written = [&](std::size_t n) {
    char* const begin = write_chunk_header_before(end, n);
    REQUIRE(begin >= room);
    return std::string(begin, end);
  };
  CHECK(written(1) == "1\r\n");
  CHECK(written(0) == "0\r\n");
  CHECK(written(255) == "ff\r\n");
  CHECK(written(65536) == "10000\r\n");
  CHECK(written(~std::size_t{0}) == "ffffffffffffffff\r\n");
}

TEST_CASE("chunks of careless servers are read, of clients they are not", "[unit][proxy][http1][chunked]") {
  struct row {
    std::string text, payload, trailers;
  };
  const row rows[] = {
      {"5   \r\nhello\r\n0\r\n\r\n", "hello", ""},  // old servers pad the size to eight columns
      {"5 \t ;x=y\r\nhello\r\n0  \r\n\r\n", "hello", ""},
      {"5\t\r\nhello\r\n0 \r\nA: b\r\n\r\n", "hello", "A: b\r\n"},
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    CHECK(whole(r.text).end == state::bad);
    for (const bool in_pieces : {false, true}) {
      chunk_decoder d;
      std::string trailers;
      d.accept_careless();
      d.keep_trailers(&trailers);
      outcome o;
      if (in_pieces)
        for (const char c : r.text) feed(d, std::string(1, c), o);
      else feed(d, r.text, o);
      CHECK(o.end == state::done);
      CHECK(o.payload == r.payload);
      CHECK(o.used == r.text.size());
      CHECK(trailers == r.trailers);
    }
  }
  for (const char* text : {"5\nhello\n0\n\n", "5;a\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\n\n", " 5\r\n", "5 5\r\n", "5\rhello", "\n", "-5\r\n",
                           "5x\r\n", "2\r\nabc", "0\r\n a: b\r\n\r\n"}) {
    CAPTURE(text);
    chunk_decoder d;
    d.accept_careless();
    outcome o;
    feed(d, text, o);
    CHECK(o.end == state::bad);
  }
}

TEST_CASE("any valid encoding in any pieces gives back what was encoded", "[unit][proxy][http1][chunked][property]") {
  waggle::test::random random(3);
  for (int round = 0; round < 2'000; ++round) {
    std::string payload, text;
    const std::size_t chunks = random.below(6);
    for (std::size_t c = 0; c < chunks; ++c) {
      std::string chunk;
      const std::size_t size = 1 + random.below(random.one_in(10) ? 5'000 : 40);
      for (std::size_t i = 0; i < size; ++i) chunk += random.byte();
      char room[chunk_header_room];
      const std::string header(write_chunk_header_before(room + sizeof room, size), room + sizeof room);
      text += std::string(random.below(3), '0') + header.substr(0, header.size() - 2);
      if (random.one_in(4)) text += ";n=\"" + random.text(random.below(9), "ab ;=") + "\"";
      text += "\r\n" + chunk + "\r\n";
      payload += chunk;
    }
    text += random.one_in(3) ? "0\r\nT: " + random.text(random.below(9), "xy \t") + "\r\n\r\n" : "0\r\n\r\n";
    chunk_decoder d;
    outcome o;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t n = 1 + random.below(random.one_in(3) ? 2'000 : 7);
      feed(d, std::string_view(text).substr(at, n), o);
      at += n;
    }
    REQUIRE(o.end == state::done);
    REQUIRE(o.payload == payload);
    REQUIRE(o.used == text.size());
  }
}

TEST_CASE("any bytes in any pieces get the verdict of the whole", "[unit][proxy][http1][chunked][property]") {
  waggle::test::random random(4);
  const char* pieces[] = {"0", "1", "5", "a", "\r\n", "\r\n", "\r", "\n", ";", "x", "\"", ":", " ", "\\", "A: b\r\n"};
  for (int round = 0; round < 30'000; ++round) {
    std::string text;
    const std::size_t n = random.below(14);
    for (std::size_t i = 0; i < n; ++i) text += random.of(pieces);
    CAPTURE(text);
    REQUIRE(whole(text) == byte_by_byte(text));
  }
}
