// A Docker Engine of a few lines on a unix socket, in this process: answers are texts the test sets, faults are armed for
// the next request, and what was asked is remembered.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace waggle::test {

class fake_engine {
 public:
  /// How a request is answered; the path comes without version and query.
  struct reply {
    int status = 200;
    std::string body;
    std::size_t cut_after = std::string::npos;  ///< bytes of the body after which the connection is cut
    bool hang = false;                          ///< no answer until the engine stops
    unsigned delay_ms = 0;                      ///< the answer takes so long; `set` bodies are used if this one is empty
  };

  explicit fake_engine(std::string path);
  ~fake_engine();
  fake_engine(const fake_engine&) = delete;
  fake_engine& operator=(const fake_engine&) = delete;

  void set(const std::string& path, std::string body);  ///< from now on
  void fail_next(const std::string& path, reply r);     ///< once
  void fail_always(const std::string& path, reply r);
  void heal(const std::string& path);
  void event(const std::string& json);  ///< to every open /events stream
  void close_events();
  void stop();  ///< nobody listens any more; the socket file stays
  void start();
  std::vector<std::string> requests() const;  ///< request targets so far
  std::size_t streams() const;

 private:
  void accept_loop();
  void serve(int fd);
  bool answer(int fd, const std::string& target);

  std::string path_;
  int listener_ = -1;
  std::atomic<bool> stopping_{false};
  std::thread acceptor_;
  mutable std::mutex mutex_;
  std::vector<std::thread> connections_;
  std::vector<int> open_, streams_;
  std::map<std::string, std::string> bodies_;
  std::map<std::string, reply> once_, always_;
  std::vector<std::string> requests_;
};

}  // namespace waggle::test
