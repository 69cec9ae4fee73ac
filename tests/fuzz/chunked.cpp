// The chunk decoder: any pieces decode as the whole; what was decoded and is encoded plainly decodes to itself.
#include "fuzz.hpp"

#include "http1/chunked.hpp"

using namespace waggle::proxy::http1;
using waggle::fuzz::require;
using waggle::fuzz::text_of;
using state = chunk_decoder::state;

namespace {

struct outcome {
  chunk_decoder::state end = state::more;
  std::string payload, trailers;
  std::size_t used = 0;
};

/// @param seed  0: in one piece; else pieces of pseudo-random sizes.
outcome decode(const std::string& text, std::uint32_t seed, bool careless) {
  chunk_decoder d;
  if (careless) d.accept_careless();
  outcome out;
  d.keep_trailers(&out.trailers);
  while (out.used < text.size() && out.end == state::more) {
    std::size_t n = text.size() - out.used;
    if (seed != 0) {
      seed = seed * 1664525u + 1013904223u;
      n = std::min<std::size_t>(n, 1 + (seed >> 20) % 9);
    }
    const std::string piece = text.substr(out.used, n);
    const chunk_decoder::step s = d.next(piece);
    require(s.consumed <= piece.size(), "more consumed than given");
    require(s.state != state::more || s.consumed > 0, "no progress");
    require(s.payload.empty() || (s.payload.data() >= piece.data() && s.payload.data() + s.payload.size() <= piece.data() + s.consumed),
            "payload outside the input");
    out.payload += s.payload;
    out.used += s.consumed;
    out.end = s.state;
  }
  return out;
}

}  // namespace

namespace {

outcome check(const std::string& text, std::uint32_t seed, bool careless) {
  const outcome whole = decode(text, 0, careless), pieces = decode(text, seed, careless);
  require(whole.end == pieces.end, "pieces are judged differently");
  require(whole.payload == pieces.payload, "pieces give another payload");
  if (whole.end != state::bad) require(whole.used == pieces.used && whole.trailers == pieces.trailers, "pieces end elsewhere");
  require(whole.trailers.size() <= 16 * 1024, "trailers are not bounded");
  if (whole.end != state::done) return whole;
  char room[chunk_header_room];
  char* const end = room + sizeof room;
  std::string plain;
  if (!whole.payload.empty()) plain = std::string(write_chunk_header_before(end, whole.payload.size()), end) + whole.payload + "\r\n";
  plain += "0\r\n" + whole.trailers + "\r\n";
  const outcome again = decode(plain, 0, false);
  require(again.end == state::done && again.payload == whole.payload && again.trailers == whole.trailers && again.used == plain.size(),
          "encoded plainly, it is something else");
  return whole;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text = text_of(data + 1, size - 1);
  const outcome strict = check(text, 1u + data[0], false), careless = check(text, 1u + data[0], true);
  if (strict.end == state::done)
    require(careless.end == state::done && careless.payload == strict.payload, "read with less care, it is something else");
  return 0;
}
