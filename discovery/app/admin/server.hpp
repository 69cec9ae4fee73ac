// The HTTP server of the admin entry point: one thread, bounded in everything a client could make it hold.
// What is answered is the handler's business (routes.hpp).
#pragma once

#include "admin/message.hpp"

#include <waggle/base/log.hpp>
#include <waggle/base/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace waggle::app::admin {

struct server_limits {
  std::size_t connections = 256;  ///< beyond, the quietest idle one of the client that has most goes (seats.hpp)
  std::size_t head_bytes = 8 * 1024;
  std::chrono::milliseconds head{10'000};  ///< for a whole request head, from the connection or the last answer on
  std::chrono::milliseconds write{30'000};
};

/// Called on the server's thread, for each request.
using request_handler = std::function<response(const request&)>;

/// Offered a connection whose first unanswered request is nobody's here (response::unclaimed), with all that was read of it.
/// Called on the server's thread. @return true: the descriptor is the taker's from now on.
using hand_over_handler = std::function<bool(int descriptor, std::string received)>;

/// Who may ask: given the head as received and the peer; calls the last argument once, on any thread, with nothing or with what
/// to answer instead (proxy::admission).
using door_keeper =
    std::function<void(const std::string& head, const std::string& peer, std::uint16_t peer_port, std::function<void(std::optional<response>)> done)>;

class server {
 public:
  server(base::logger& log, request_handler handler, server_limits limits = {}, hand_over_handler hand_over = {});
  ~server();  ///< stops
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Whoever asks for anything but what `open_to_all` names goes past it first, also who is handed over. Before start().
  void set_door(door_keeper door, std::function<bool(const request&)> open_to_all);
  /// Listens when it returns. @param address as of an entry point: ":8080", "127.0.0.1:0"
  /// @return why it cannot listen; names neither entry point nor address.
  base::explained_result<void> start(const std::string& address);
  /// "127.0.0.1:40123", after start().
  std::string bound_address() const;
  /// Ends the thread and closes every connection. Thread: any but its own.
  void stop();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace waggle::app::admin
