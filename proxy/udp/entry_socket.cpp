#include "udp/entry_socket.hpp"

#include <netinet/in.h>

#include <cerrno>
#include <cstring>

namespace waggle::proxy::udp {
namespace {

io::ip_bytes specific(const io::socket_address& bound) {
  const io::ip_bytes out = io::to_bytes(bound);
  io::ip_bytes any_v4{};
  any_v4[10] = any_v4[11] = 0xff;
  return out == any_v4 ? io::ip_bytes{} : out;
}

constexpr bool is_link_local(const io::ip_bytes& ip) noexcept { return ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80; }

}  // namespace

entry_socket::entry_socket(relay& r, int descriptor, std::size_t e, const io::socket_address& bound, const schedule::key16& hash_key)
    : owner(r), entry(e), sessions(hash_key), bound_(specific(bound)), family_(bound.family()), port_(bound.port()) {
  fd = descriptor;
}

session_key entry_socket::key_of(const received& r, const sockaddr_in6& peer) const noexcept {
  session_key key;
  if (peer.sin6_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);
    key.client[10] = key.client[11] = 0xff;
    std::memcpy(key.client.data() + 12, &v4.sin_addr, 4);
    key.port = ntohs(v4.sin_port);
  } else {
    std::memcpy(key.client.data(), &peer.sin6_addr, 16);
    key.port = ntohs(peer.sin6_port);
    if (is_link_local(key.client)) key.interface = peer.sin6_scope_id;
  }
  if (bound_ == io::ip_bytes{}) key.local = r.local;
  return key;
}

schedule::client entry_socket::client_of(const session_key& key) const noexcept {
  return {.address = key.client, .port = key.port, .local = bound_ == io::ip_bytes{} ? key.local : bound_};
}

destination entry_socket::destination_of(const session_key& key) const noexcept {
  destination out;
  out.from = key.local;
  out.interface = key.interface;
  if (family_ == AF_INET) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(out.to);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(key.port);
    std::memcpy(&v4.sin_addr, key.client.data() + 12, 4);
    out.size = sizeof v4;
    return out;
  }
  out.to.sin6_family = AF_INET6;
  out.to.sin6_port = htons(key.port);
  out.to.sin6_scope_id = key.interface;
  std::memcpy(&out.to.sin6_addr, key.client.data(), 16);
  out.size = sizeof out.to;
  return out;
}

std::uint32_t entry_socket::reply(const session_key& key, std::uint16_t& bundle_below, std::span<const piece> pieces) {
  const destination client = destination_of(key);
  std::uint32_t lost = 0;
  plan_messages(pieces, bundle_below, [&](const message& m) {
    if (out_.add(m, &bundle_below, &client)) return;
    lost += flush();
    out_.add(m, &bundle_below, &client);
  });
  return lost;
}

std::uint32_t entry_socket::flush() {
  std::uint32_t lost = 0;
  while (const int error = out_.send(fd)) {
    lost += out_.skip();
    while (error == EAGAIN && !out_.empty()) lost += out_.skip();  // the socket is full, and stays so for this batch
  }
  return lost + out_.take_lost();
}

}  // namespace waggle::proxy::udp
