// A request to the admin entry point and its answer, as far as routes and views care. No sockets, no HTTP
// library.
#pragma once

#include "startup/internal_kind.hpp"

#include <memory>
#include <optional>
#include <string>

namespace waggle::app::admin {

struct request {
  std::string method;                      ///< as sent
  std::string target;                      ///< as sent, with its query
  std::string host{};                      ///< authority of the target, else Host; several: joined by commas, which is no host
  std::optional<internal_kind> service{};  ///< given: only what it serves is found
};

/// Server-sent events: text for one client, asked for once a second. Thread: the server's.
class event_source {
 public:
  virtual ~event_source() = default;
  /// Whole events ("data: …" and an empty line), or nothing.
  virtual std::string next() = 0;
};

/// A body that is made while it is sent. Thread: the server's.
class body_source {
 public:
  virtual ~body_source() = default;
  /// @param piece  empty, with memory that may be used again; the next piece is put there. Left empty: that was all.
  virtual void next(std::string& piece) = 0;
};

struct response {
  unsigned status = 200;
  std::string content_type{};
  std::string body{};
  std::shared_ptr<const std::string> shared{};  ///< the body, instead of `body`, if others are sent it, too
  std::shared_ptr<body_source> pieces{};        ///< the body, instead of `body`, if it is large
  std::string location{};                       ///< of a redirect
  bool nosniff = false;
  std::string fields{};                    ///< more lines of the head, CRLF each
  std::shared_ptr<event_source> events{};  ///< the body goes on until the client leaves
};

/// Of one that does not come in pieces.
inline const std::string& body_of(const response& r) noexcept { return r.shared ? *r.shared : r.body; }

}  // namespace waggle::app::admin
