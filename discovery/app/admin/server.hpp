// The HTTP server of the API: one thread, bounded in everything that a client could make it hold. It listens nowhere: the proxy in this
// process connects to it by a private socket, for one request each. What is answered is the handler's business (routes.hpp).
#pragma once

#include "admin/message.hpp"

#include <waggle/base/log.hpp>
#include <waggle/proxy/internal_service.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace waggle::app::admin {

struct server_limits {
  std::size_t connections = 256;   ///< beyond, a client that has more of them than the newcomer's gives one up (seats.hpp)
  std::size_t local_reserve = 16;  ///< … and some for health checks that this machine makes of itself
  std::size_t head_bytes = 72 * 1024;
  std::chrono::milliseconds head{10'000};   ///< for a whole request head
  std::chrono::milliseconds write{30'000};  ///< for a whole answer, or an event of a stream

  /// Descriptors that it may take in all: with those on their way to its thread.
  std::size_t descriptors() const noexcept { return connections + connections / 4 + local_reserve; }
  /// For a process that may have so many descriptors.
  static server_limits within(std::size_t files) noexcept;
};

/// Called on the server's thread, for each request.
using request_handler = std::function<response(const request&)>;

class server {
 public:
  server(base::logger& log, request_handler handler, server_limits limits = {});
  ~server();  ///< stops
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Begins the thread.
  void start();
  /// A proxy::internal_dialer. Without memory or descriptors, and when stopped: -1. Thread: any.
  int connect(const proxy::internal_call& from) noexcept;
  /// Ends the thread and closes every connection. Thread: any but its own.
  void stop();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace waggle::app::admin
