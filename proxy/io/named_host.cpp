#include "io/named_host.hpp"

#include <netdb.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace waggle::proxy::io {

named_host::named_host(std::string host, std::uint16_t port, side_threads::owner owner, time_ms kept_for)
    : host_(std::move(host)), port_(port), owner_(owner), kept_for_(kept_for) {
  if (auto literal = make_address(host_, port)) known_.push_back(*literal);
  else threads_ = side_threads::shared(side_threads::purpose::resolving);
}

void named_host::ask(time_ms now) {
  addrinfo hints{}, *list = nullptr;
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  const std::string port = std::to_string(port_);
  const int rc = ::getaddrinfo(host_.c_str(), port.c_str(), &hints, &list);
  std::vector<socket_address> found;
  for (const addrinfo* a = rc == 0 ? list : nullptr; a && found.size() < 16; a = a->ai_next) {
    if (a->ai_addrlen > sizeof(io::socket_address::storage)) continue;
    socket_address one;
    std::memcpy(&one.storage, a->ai_addr, a->ai_addrlen);
    one.size = a->ai_addrlen;
    found.push_back(one);
  }
  if (rc == 0) ::freeaddrinfo(list);
  const std::lock_guard lock(mutex_);
  until_ = now + (found.empty() ? keep_failure : kept_for_);
  if (!found.empty()) known_ = std::move(found);
  asking_ = nullptr;
}

task<std::vector<socket_address>> named_host::addresses(std::shared_ptr<named_host> self, loop& l, waiter& wait, readiness& client, time_ms due) {
  side_threads::ticket job;
  {
    const std::lock_guard lock(self->mutex_);
    const time_ms now = l.now();
    if (!self->threads_ || now < self->until_) co_return self->known_;
    const bool known = !self->known_.empty();
    if (self->asking_ && known) co_return self->known_;
    if (!self->asking_) {
      const auto run = [self, now] { self->ask(now); };
      self->asking_ = self->threads_->submit(self->owner_, run, l.own_bell(), true);
      if (known) due = std::min(due, now + courtesy);
    }
    job = self->asking_;
    if (!job) co_return self->known_;  // the resolver is behind: old addresses, or none
  }
  // Whose bell is another worker's looks now and then.
  constexpr time_ms look_again = 50;
  for (bool done = false; !done && client.is_open() && !client.is_ready(broken) && l.now() < due;) {
    const time_ms next = std::min(due, l.now() + look_again);
    done = co_await finished(l, wait, client, job, next);
  }
  const std::lock_guard lock(self->mutex_);
  co_return self->known_;
}

}  // namespace waggle::proxy::io
