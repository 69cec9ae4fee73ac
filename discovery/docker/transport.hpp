// How bytes come from the Engine: one request at a time, beside one endless stream. It knows HTTP, not JSON or Swarm.
// The real one is curl_transport; tests put a script in its place.
#pragma once

#include "docker/fault.hpp"

#include <waggle/base/clock.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace waggle::discovery {

/// Takes body bytes as they arrive; false gives the transfer up.
using body_sink = std::function<bool(std::string_view)>;

struct http_answer {
  long status = 0;         ///< 0: no whole answer, see `failure`
  std::string error_body;  ///< of answers with status >= 300, at most 64 KiB
  transport_failure failure;
  bool whole() const noexcept { return status != 0 && failure.where == transport_failure::step::none; }
};

/// Thread: the discovery thread, but for wake().
class transport {
 public:
  virtual ~transport() = default;
  /// GET; returns once the answer is complete or has failed. The stream goes on being read meanwhile.
  virtual http_answer get(const std::string& target, const body_sink& body) = 0;
  /// Starts the endless answer; its end shows in stream_open().
  virtual void open_stream(const std::string& target, body_sink body) = 0;
  virtual void close_stream() = 0;
  virtual bool stream_open() const = 0;
  /// Waits for at most `limit`, less if stream bytes came or somebody called wake().
  virtual void wait(base::milliseconds limit) = 0;
  /// Thread: any. Ends wait() early; a request in progress is not disturbed.
  virtual void wake() noexcept = 0;
  /// Thread: any. A request in progress fails, later ones too.
  virtual void stop() noexcept = 0;
};

}  // namespace waggle::discovery
