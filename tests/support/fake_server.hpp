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
  int connection = 0;     ///< number of the connection, from 1
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
    bool read_head(recorded& r);
    /// RST instead of FIN, from the connection's own thread.
    void reset();
    void read_body(recorded& r);
  };
  /// Answers one request. Reads the body itself if `read_bodies` is off. @return false: end the connection (cleanly, unless
  /// the script has reset it).
  using script = std::function<bool(connection&, recorded&)>;

  explicit fake_server(script answer = {}, bool read_bodies = true, std::uint16_t port = 0, std::uint32_t address = INADDR_LOOPBACK);
  ~fake_server();
  fake_server(const fake_server&) = delete;

  /// Closes the listener and every connection; later connects are refused.
  void stop();

  std::uint16_t port() const noexcept { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// What arrived so far, in the order of completion.
  std::vector<recorded> requests() const;
  std::size_t request_count() const { return requests().size(); }
  int connections() const noexcept { return accepted_; }
  int open_connections() const noexcept { return open_; }
  /// Acts on the socket of connection `number` (from 1) from outside its thread: send, half_close, wake.
  template <class Action>
  void on(int number, Action&& action) {
    const std::lock_guard lock(mutex_);
    for (auto& s : connections_)
      if (s->at.number == number && s->at.peer.is_open()) action(s->at.peer);
  }
  void record(const recorded& r);

 private:
  struct session {
    connection at;
    std::thread thread;
  };
  void accept_all();
  void serve(connection& c);

  script answer_;
  const bool read_bodies_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> accepted_{0}, open_{0};
  mutable std::mutex mutex_;
  std::vector<recorded> requests_;
  std::list<std::unique_ptr<session>> connections_;
  std::thread acceptor_;
};

/// A script that sends the same bytes for every request and keeps the connection.
fake_server::script always(std::string answer);

/// An answer with a body and its length.
std::string ok(std::string_view body, std::string_view fields = {});

}  // namespace waggle::test
