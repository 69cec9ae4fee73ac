// PROXY headers, versions 1 and 2: what was judged once is judged the same whatever follows, nobody is kept waiting for ever,
// and what is believed is what stands there (read a second time by other means).
#include "fuzz.hpp"

#include "io/proxy_header.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

using namespace waggle::proxy;
using namespace waggle::proxy::io;
using waggle::fuzz::require;
using waggle::fuzz::text_of;
using verdict = proxy_header::verdict;

namespace {

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t v1_longest = 107, v2_longest = 16 + 2048;

std::string source_text(const proxy_header& h) { return h.source ? h.source->text() : std::string("none"); }

/// IPv4 as it is mapped into IPv6, which is how peers are compared.
bool is_source(const proxy_header& h, int family, const void* network_order) {
  io::ip_bytes wanted{};
  if (family == AF_INET) {
    wanted[10] = wanted[11] = 0xff;
    std::memcpy(wanted.data() + 12, network_order, 4);
  } else {
    std::memcpy(wanted.data(), network_order, 16);
  }
  return h.source && h.source->family() == family && io::to_bytes(*h.source) == wanted;
}

void same(const proxy_header& a, const proxy_header& b, const char* what) {
  require(a.state == b.state && a.bytes == b.bytes && source_text(a) == source_text(b), what);
}

/// sscanf and inet_pton instead of our own reading.
void check_v1(std::string_view header, const proxy_header& h) {
  char family[8], source[64], destination[64];
  unsigned from = 0, to = 0;
  int used = 0;
  const std::string line(header);
  if (std::sscanf(line.c_str(), "PROXY %7[A-Z0-9] %63s %63s %5u %5u%n", family, source, destination, &from, &to, &used) != 5) {
    require(!h.source && line.starts_with("PROXY UNKNOWN"), "a source out of a line that has none");
    return;
  }
  if (std::strcmp(family, "UNKNOWN") == 0) return require(!h.source, "UNKNOWN has no source");
  require(h.source.has_value() && static_cast<std::size_t>(used) + 2 == header.size(), "more or less in the line than was read");
  unsigned char room[16];
  const int af = std::strcmp(family, "TCP6") == 0 ? AF_INET6 : AF_INET;
  require(inet_pton(af, source, room) == 1, "a source that is no address");
  require(is_source(h, af, room) && h.source->port() == from, "another source");
}

void check_v2(std::string_view header, const proxy_header& h) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(header[i]); };
  require(header.size() == 16u + at(14) * 256u + at(15), "not as long as it says");
  const bool proxied = at(12) == 0x21, v4 = at(13) == 0x11, v6 = at(13) == 0x21;
  require(h.source.has_value() == (proxied && (v4 || v6)), "a source where none is told, or none where one is");
  if (!h.source) return;
  require(is_source(h, v4 ? AF_INET : AF_INET6, header.data() + 16), "another source");
  const std::size_t port = 16 + (v4 ? 8 : 32);
  require(h.source->port() == at(port) * 256 + at(port + 1), "another port");
}

/// A header that a balancer could write from these bytes is read as it was meant.
void check_composed(const std::string& seed) {
  if (seed.size() < 37) return;
  const bool v4 = (seed[36] & 1) == 0;
  const int af = v4 ? AF_INET : AF_INET6;
  const std::size_t size = v4 ? 4 : 16;
  char from[64], to[64];
  if (!inet_ntop(af, seed.data(), from, sizeof from) || !inet_ntop(af, seed.data() + size, to, sizeof to)) return;
  const auto port = [&](std::size_t i) { return static_cast<unsigned char>(seed[i]) * 256u + static_cast<unsigned char>(seed[i + 1]); };
  const std::string v1 = std::string(v4 ? "PROXY TCP4 " : "PROXY TCP6 ") + from + " " + to + " " + std::to_string(port(2 * size)) + " " +
                         std::to_string(port(2 * size + 2)) + "\r\n";
  std::string v2 = signature + '\x21' + (v4 ? '\x11' : '\x21') + '\0' + static_cast<char>(2 * size + 4) + seed.substr(0, 2 * size + 4);
  for (const std::string& header : {v1, v2}) {
    const proxy_header h = parse_proxy_header(header + seed);
    require(h.state == verdict::complete && h.bytes == header.size() && is_source(h, af, seed.data()) && h.source->port() == port(2 * size),
            "a proper header is not read as it was meant");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = text_of(data, std::min<std::size_t>(size, 4096));
  const proxy_header h = parse_proxy_header(text);
  require(h.bytes <= text.size() && (h.bytes > 0) == (h.state == verdict::complete), "a length without a header");
  const bool second = text.starts_with(signature);
  if (h.state == verdict::incomplete) require(text.size() < (second ? v2_longest : v1_longest), "waits for more than a header can hold");
  if (h.state == verdict::complete) {
    const std::string exact = text.substr(0, h.bytes);
    same(parse_proxy_header(exact), h, "what follows a header counts");
    same(parse_proxy_header(exact + "\r\nPROXY "), h, "what follows a header counts");
    if (second) check_v2(exact, h);
    else check_v1(exact, h);
  }
  for (std::size_t n = 0; n < text.size(); n += n < 160 || n + 160 > text.size() ? 1 : 64) {
    const std::string part = text.substr(0, n);
    const proxy_header early = parse_proxy_header(part);
    if (early.state != verdict::incomplete) same(early, h, "a prefix was judged, the whole differently");
    else require(h.state != verdict::complete || n < h.bytes, "complete, and yet it waits");
  }
  check_composed(text);
  return 0;
}
