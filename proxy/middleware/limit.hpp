// The small interface of what counts across requests and workers: rate limit, connection limit, circuit breaker. State is
// shared by the workers and survives a new table while the option stays the same; only frontends that ask for one pay.
#pragma once

#include "middleware/step.hpp"

#include <optional>
#include <string>

namespace waggle::proxy::middleware {

/// What became of an admitted request.
struct outcome {
  unsigned status = 0;         ///< 0: none was sent (the client left)
  bool network_error = false;  ///< answered 502 or 504 because the server could not be reached
  io::time_ms now = 0, took = 0;
};

class limit {
 public:
  virtual ~limit() = default;
  /// What the request is counted under (extractor function); asked just before admit().
  virtual std::string key(const request_info& about) const = 0;
  /// @return an answer if the request may not go on. Thread: any worker (state is guarded inside).
  virtual std::optional<local_answer> admit(const std::string& key, io::time_ms now) = 0;
  /// Exactly once for each admitted request, when it has ended.
  virtual void finished(const std::string& key, const outcome& result) = 0;
};

}  // namespace waggle::proxy::middleware
