// What a step leaves behind when it cannot decide at once: a check that waits for an auth server or for another thread. Nothing
// of the request goes on meanwhile; the check owns all that it needs.
#pragma once

#include "client/fetch.hpp"
#include "io/waiter.hpp"
#include "io/task.hpp"
#include "middleware/step.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::proxy::middleware {

/// What came of it.
struct decision {
  std::optional<local_answer> answer;  ///< given instead of going on
  bool client_gone = false;
  std::string user;  ///< who was authenticated, for the access log
  /// Edits of the request, also where there is an answer: an error page is asked for with the request's fields.
  std::vector<std::string> remove;
  std::vector<std::pair<std::string, std::string>> set;  ///< several lines of one name are kept
};

class deferred_check {
 public:
  virtual ~deferred_check() = default;
  /// @param here  the thread that serves the client. @param wait  free for use; interrupted when the connection is aborted.
  /// @param client  watch it for io::broken. Thread: that one; must not block.
  virtual io::task<decision> decide(client::context& here, io::waiter& wait, io::readiness& client) = 0;
};

/// The edits of a decision, made. What may not be changed or is no lawful field is skipped: another server has written it.
void apply(const decision& d, http::request& request);

}  // namespace waggle::proxy::middleware
