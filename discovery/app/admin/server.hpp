// The HTTP server of the API: one thread, bounded in everything that a client could make it hold. It listens nowhere: the proxy in this
// process connects to it by a private socket, for one request each. What is answered is the handler's business (routes.hpp).
#pragma once

#include "admin/message.hpp"
#include "admin/server_limits.hpp"

#include <waggle/base/log.hpp>
#include <waggle/proxy/internal_service.hpp>

#include <functional>
#include <memory>

namespace waggle::app::admin {

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
