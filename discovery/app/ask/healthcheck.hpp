// One question to waggle on this machine: "waggle healthcheck" (for Docker's HEALTHCHECK) asks the own /ready, others ask the API.
#pragma once

#include <waggle/base/result.hpp>

#include <chrono>
#include <string>

namespace waggle::app {

struct local_answer {
  unsigned status = 0;
  std::string status_line, body;
};

/// GET `target` at `address` (of an entry point: ":8080" is asked on the loopback interface). Blocks for at most `bound`.
/// @param fields  more lines of the head, CRLF each. @return why there is no whole answer.
base::text_result<local_answer> ask_local(const std::string& address, const std::string& target, std::chrono::milliseconds bound,
                                          const std::string& fields = {});

/// GET /ready at `address` (of an entry point: ":8080" is asked on the loopback interface).
/// @return why it is not healthy. Blocks for at most `bound`.
base::text_result<void> healthcheck(const std::string& address, std::chrono::milliseconds bound);

}  // namespace waggle::app
