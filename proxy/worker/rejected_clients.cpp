#include "worker/rejected_clients.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace waggle::proxy {
namespace {

constexpr std::size_t at_once = 256 * 1024;
constexpr io::time_ms look_every = 500;

}  // namespace

rejected_clients::look_timer::look_timer(rejected_clients& p) noexcept : timer([](io::timer& t) { static_cast<look_timer&>(t).of.look(); }), of(p) {}

rejected_clients::rejected_clients(io::loop& l, counter& lingering) noexcept : loop_(l), lingering_(lingering), look_(*this) {
  for (one& c : all_) {
    c.among = this;
    c.on_events = [](io::pollable& p, std::uint32_t) {
      auto& self = static_cast<one&>(p);
      self.among->read(self);
    };
  }
}

rejected_clients::~rejected_clients() {
  for (one& c : all_) close(c);
}

void rejected_clients::keep(int descriptor) noexcept {
  one& c =
      *std::min_element(all_.begin(), all_.end(), [](const one& a, const one& b) { return (a.fd >= 0 ? a.turn : 0) < (b.fd >= 0 ? b.turn : 0); });
  close(c);
  c.fd = descriptor;
  c.turn = ++turns_;
  c.clock = io::linger_clock(loop_.now());
  ++size_;
  lingering_.add();
  if (!loop_.watch(c, EPOLLIN)) return close(c);
  if (look_.due() == io::never) loop_.arm(look_, loop_.now() + look_every);
}

void rejected_clients::close(one& c) noexcept {
  if (c.fd < 0) return;
  loop_.forget(c);
  --size_;
  lingering_.sub();
}

void rejected_clients::read(one& c) noexcept {
  const ssize_t n = ::recv(c.fd, nullptr, at_once, MSG_TRUNC | MSG_DONTWAIT);
  if (n > 0) c.clock.note_bytes(loop_.now());
  else if (n == 0 || (errno != EAGAIN && errno != EINTR)) close(c);
}

void rejected_clients::look() noexcept {
  for (one& c : all_)
    if (c.fd >= 0 && loop_.now() >= c.clock.due(false)) close(c);
  if (size_ > 0) loop_.arm(look_, loop_.now() + look_every);
}

}  // namespace waggle::proxy
