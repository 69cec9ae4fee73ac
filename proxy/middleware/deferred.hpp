// What a guard leaves behind when it cannot decide at once: a check that waits for an auth server or for another thread. It
// runs after the head was composed and before limits and servers, so it owns all that it needs.
#pragma once

#include "client/fetch.hpp"
#include "io/stream.hpp"
#include "io/task.hpp"
#include "middleware/guard.hpp"

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
  /// Edits of the composed head; framing fields and Host are left alone.
  std::vector<std::string> remove;
  std::vector<std::pair<std::string, std::string>> set;  ///< several lines of one name are kept
};

class deferred_check {
 public:
  virtual ~deferred_check() = default;
  /// @param here  the thread that serves the client. @param wait  free for use; interrupted when the session is aborted.
  /// @param client  watch it for io::broken. Thread: that one; must not block.
  virtual io::task<decision> decide(client::context& here, io::waiter& wait, io::stream& client) = 0;
  /// The same by the calling thread, which may block as long as it takes. Thread: any but a worker's.
  /// @return an answer to give instead of going on; what cannot be decided without a loop is refused.
  virtual std::optional<local_answer> decide_here() { return local_answer{503, "Retry-After: 1\r\n", "Service Unavailable"}; }
};

/// The composed head `head` (request line, fields, empty line) without the lines that are named in either list, and with
/// those of `set`. Pure; what may not be changed or is no lawful field is skipped.
std::string edit_head(std::string_view head, const std::vector<std::string>& remove,
                      const std::vector<std::pair<std::string, std::string>>& set);

}  // namespace waggle::proxy::middleware
