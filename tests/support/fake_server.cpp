#include "fake_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <list>
#include <thread>

namespace waggle::test {

bool fake_server::connection::read_head(recorded& r) {
  r = {};
  r.head = peer.read_until("\r\n\r\n", std::chrono::minutes(5));
  r.connection = number;
  r.on_connection = ++requests;
  return !r.head.empty();
}

void fake_server::connection::reset() {
  const std::lock_guard lock(server.mutex_);  // stop() looks at the descriptor
  peer.reset();
}

void fake_server::connection::read_body(recorded& r) { r.complete = test::read_body(peer, r.head, r.body, &r.raw_body); }

fake_server::fake_server(script answer, bool read_bodies, std::uint16_t port, std::uint32_t address)
    : answer_(std::move(answer)), read_bodies_(read_bodies) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int one = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(address);
  at.sin_port = htons(port);
  socklen_t size = sizeof at;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener_, 64) != 0) std::abort();
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
  port_ = ntohs(at.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

fake_server::~fake_server() { stop(); }

void fake_server::stop() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  if (acceptor_.joinable()) acceptor_.join();
  if (listener_ >= 0) ::close(listener_);
  listener_ = -1;
  {
    const std::lock_guard lock(mutex_);
    for (auto& s : connections_) s->at.peer.wake();
  }
  for (auto& s : connections_)
    if (s->thread.joinable()) s->thread.join();
}

std::vector<recorded> fake_server::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void fake_server::record(const recorded& r) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(r);
}

void fake_server::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) {
      if (stopping_ || (errno != EINTR && errno != ECONNABORTED)) return;
      continue;
    }
    const int one = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    ++open_;
    const std::lock_guard lock(mutex_);
    connections_.push_back(std::make_unique<session>(session{connection{raw_socket(fd), *this, ++accepted_}, {}}));
    session* const s = connections_.back().get();
    s->thread = std::thread([this, s] {
      serve(s->at);
      {
        const std::lock_guard again(mutex_);  // stop() looks at the descriptor
        s->at.peer.close();
      }
      --open_;
    });
  }
}

void fake_server::serve(connection& c) {
  for (recorded r; !stopping_ && c.read_head(r);) {
    if (read_bodies_) {
      c.read_body(r);
      record(r);
      if (!r.complete) return;
    }
    const bool on = answer_ ? answer_(c, r) : c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    if (!read_bodies_) record(r);
    if (!on) return;
  }
}

fake_server::script always(std::string answer) {
  return [answer = std::move(answer)](fake_server::connection& c, recorded&) { return c.peer.send(answer); };
}

std::string ok(std::string_view body, std::string_view fields) {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace waggle::test
