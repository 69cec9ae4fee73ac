// A scriptable HTTP server for tests: one thread per connection, a function of the test answers each request byte by byte.
// It records what it received, raw.
#pragma once

#include "http_text.hpp"
#include "socket.hpp"

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace waggle::test {

/// One request as it arrived.
struct recorded {
  std::string head;  ///< with the empty line
  std::string body;  ///< decoded
  std::string raw_body;
  int connection = 0;  ///< number of the connection, from 1
  int on_connection = 0;  ///< number of the request on it, from 1
  bool complete = false;  ///< the body ended as it should

  std::string line() const { return head.substr(0, head.find("\r\n")); }
  std::string field(std::string_view name) const { return test::field(head, name); }
};

class fake_server {
 public:
  /// The server's side of a connection, as a script sees it.
  struct connection {
    raw_socket peer;
    fake_server& server;
    int number = 0;
    int requests = 0;

    /// Reads the next head (nothing if the peer ends). The body is read with read_body().
    bool read_head(recorded& r) {
      r = {};
      r.head = peer.read_until("\r\n\r\n", std::chrono::minutes(5));
      r.connection = number;
      r.on_connection = ++requests;
      return !r.head.empty();
    }
    /// RST instead of FIN, from the connection's own thread.
    void reset() {
      const std::lock_guard lock(server.mutex_);  // stop() looks at the descriptor
      peer.reset();
    }
    void read_body(recorded& r) { r.complete = test::read_body(peer, r.head, r.body, &r.raw_body); }
  };
  /// Answers one request. Reads the body itself if `read_bodies` is off. @return false: end the connection (cleanly, unless
  /// the script has reset it).
  using script = std::function<bool(connection&, recorded&)>;

  explicit fake_server(script answer = {}, bool read_bodies = true, std::uint16_t port = 0, std::uint32_t address = INADDR_LOOPBACK)
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
  ~fake_server() { stop(); }
  fake_server(const fake_server&) = delete;

  /// Closes the listener and every connection; later connects are refused.
  void stop() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    if (acceptor_.joinable()) acceptor_.join();
    if (listener_ >= 0) ::close(listener_);
    listener_ = -1;
    {
      const std::lock_guard lock(mutex_);
      for (auto& s : sessions_) s->at.peer.wake();
    }
    for (auto& s : sessions_)
      if (s->thread.joinable()) s->thread.join();
  }

  std::uint16_t port() const noexcept { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// What arrived so far, in the order of completion.
  std::vector<recorded> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::size_t request_count() const { return requests().size(); }
  int connections() const noexcept { return accepted_; }
  int open_connections() const noexcept { return open_; }
  /// Acts on the socket of connection `number` (from 1) from outside its thread: send, half_close, wake.
  template <class Action>
  void on(int number, Action&& action) {
    const std::lock_guard lock(mutex_);
    for (auto& s : sessions_)
      if (s->at.number == number && s->at.peer.is_open()) action(s->at.peer);
  }
  void record(const recorded& r) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(r);
  }

 private:
  struct session {
    connection at;
    std::thread thread;
  };
  void accept_all() {
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
      sessions_.push_back(std::make_unique<session>(session{connection{raw_socket(fd), *this, ++accepted_}, {}}));
      session* const s = sessions_.back().get();
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
  void serve(connection& c) {
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

  script answer_;
  const bool read_bodies_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> accepted_{0}, open_{0};
  mutable std::mutex mutex_;
  std::vector<recorded> requests_;
  std::list<std::unique_ptr<session>> sessions_;
  std::thread acceptor_;
};

/// A script that sends the same bytes for every request and keeps the connection.
inline fake_server::script always(std::string answer) {
  return [answer = std::move(answer)](fake_server::connection& c, recorded&) { return c.peer.send(answer); };
}

/// An answer with a body and its length.
inline std::string ok(std::string_view body, std::string_view fields = {}) {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace waggle::test
