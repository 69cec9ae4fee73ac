#include "discovery_fake_engine.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace waggle::test {

namespace {

bool send_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const auto n = ::send(fd, text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

std::string chunk(const std::string& text) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + text + "\r\n";
}

// "/v1.41/services?filters=…" → "/services"
std::string plain_path(const std::string& target) {
  std::string p = target.substr(0, target.find('?'));
  if (p.rfind("/v1.", 0) == 0) p = p.substr(p.find('/', 1));
  return p;
}

}  // namespace

fake_engine::fake_engine(std::string path) : path_(std::move(path)) {
  set("/version", R"({"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"})");
  set("/services", "[]");
  set("/tasks", "[]");
  set("/networks", R"([{"Id":"net-app","Name":"appnet","Scope":"swarm","Driver":"overlay"}])");
  start();
}

fake_engine::~fake_engine() {
  stop();
  ::unlink(path_.c_str());
}

void fake_engine::start() {
  stopping_ = false;
  ::unlink(path_.c_str());
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  std::strncpy(a.sun_path, path_.c_str(), sizeof a.sun_path - 1);
  ::bind(listener_, reinterpret_cast<const sockaddr*>(&a), sizeof a);
  ::listen(listener_, 16);
  acceptor_ = std::thread([this] { accept_loop(); });
}

void fake_engine::stop() {
  if (stopping_.exchange(true)) return;
  if (acceptor_.joinable()) acceptor_.join();
  ::close(listener_);
  std::vector<std::thread> sessions;
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    sessions.swap(connections_);
  }
  for (auto& s : sessions) s.join();
}

void fake_engine::accept_loop() {
  while (!stopping_) {
    pollfd p{listener_, POLLIN, 0};
    if (::poll(&p, 1, 20) <= 0) continue;
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    connections_.emplace_back([this, fd] { serve(fd); });
  }
}

void fake_engine::serve(int fd) {
  std::string in;
  char buffer[4096];
  for (bool go_on = true; go_on && !stopping_;) {
    const auto end = in.find("\r\n\r\n");
    if (end != std::string::npos) {
      const auto first = in.find(' '), second = in.find(' ', first + 1);
      const std::string target = in.substr(first + 1, second - first - 1);
      in.erase(0, end + 4);
      go_on = answer(fd, target);
      continue;
    }
    const auto n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) break;
    in.append(buffer, static_cast<std::size_t>(n));
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  std::erase(streams_, fd);
  ::close(fd);
}

bool fake_engine::answer(int fd, const std::string& target) {
  std::string path = plain_path(target);
  reply r;
  {
    const std::lock_guard lock(mutex_);
    // Filters are not read, but for tasks that the Engine wants shut down.
    if (path == "/tasks" && target.find("shutdown") != std::string::npos && bodies_.contains("/tasks/ended")) path = "/tasks/ended";
    requests_.push_back(target);
    if (const auto it = once_.find(path); it != once_.end()) {
      r = it->second;
      once_.erase(it);
    } else if (const auto fault = always_.find(path); fault != always_.end()) {
      r = fault->second;
    } else if (path == "/events") {
      if (!send_all(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")) return false;
      streams_.push_back(fd);
      return true;
    } else if (const auto body = bodies_.find(path); body != bodies_.end()) {
      r.body = body->second;
    } else {
      r = {404, R"({"message":"page not found"})"};
    }
  }
  if (r.delay_ms > 0) {
    for (unsigned left = r.delay_ms; left > 0 && !stopping_; left -= std::min(left, 5u)) ::usleep(5'000);
    const std::lock_guard lock(mutex_);
    if (r.body.empty()) r.body = bodies_[path];
  }
  if (r.hang) {
    while (!stopping_) ::usleep(5'000);
    return false;
  }
  const std::string head = "HTTP/1.1 " + std::to_string(r.status) +
                           " X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(r.body.size()) + "\r\n\r\n";
  const bool cut = r.cut_after != std::string::npos;
  return send_all(fd, head + r.body.substr(0, r.cut_after)) && !cut;
}

void fake_engine::set(const std::string& path, std::string body) {
  const std::lock_guard lock(mutex_);
  bodies_[path] = std::move(body);
}
void fake_engine::fail_next(const std::string& path, reply r) {
  const std::lock_guard lock(mutex_);
  once_[path] = std::move(r);
}
void fake_engine::fail_always(const std::string& path, reply r) {
  const std::lock_guard lock(mutex_);
  always_[path] = std::move(r);
}
void fake_engine::heal(const std::string& path) {
  const std::lock_guard lock(mutex_);
  always_.erase(path);
}
void fake_engine::event(const std::string& json) {
  const std::lock_guard lock(mutex_);
  for (const int fd : streams_) send_all(fd, chunk(json + "\n"));
}
void fake_engine::close_events() {
  const std::lock_guard lock(mutex_);
  for (const int fd : streams_) ::shutdown(fd, SHUT_RDWR);
}
std::vector<std::string> fake_engine::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}
std::size_t fake_engine::streams() const {
  const std::lock_guard lock(mutex_);
  return streams_.size();
}

}  // namespace waggle::test
