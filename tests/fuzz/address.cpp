// Addresses and ranges: text that is accepted goes round unchanged.
#include "fuzz.hpp"

#include "io/address.hpp"

using namespace waggle::proxy;
using waggle::fuzz::require;
using waggle::fuzz::text_of;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = text_of(data, size);
  if (const auto a = io::make_address(text, 80)) {
    const auto again = io::make_address(a->ip(), 80);
    require(again.has_value() && io::to_bytes(*again) == io::to_bytes(*a), "an address does not go round");
    io::ip_bytes bytes;
    require(io::parse_ip(text, bytes) && bytes == io::to_bytes(*a), "two parsers of addresses disagree");
    const auto range = io::ip_ranges::parse({text});
    require(range.has_value() && range->contains(bytes), "an address is not in its own range");
  }
  if (const auto a = io::parse_listen_address(text)) {
    const auto again = io::parse_listen_address(a->text());
    require(again.has_value() && again->text() == a->text(), "a listen address does not go round");
  }
  if (const auto r = io::ip_ranges::parse({text})) {
    io::ip_bytes network;
    require(io::parse_ip(std::string_view(text).substr(0, text.find('/')), network), "a range without an address");
    require(r->contains(network), "a network is not in its own range");
  }
  return 0;
}
