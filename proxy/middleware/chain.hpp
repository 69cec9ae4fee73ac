// The middlewares of one frontend in Traefik 1.7's order, built from its options (registry.hpp), and how a request goes through the steps of a
// chain. A frontend without any has an empty chain and pays one comparison.
#pragma once

#include "middleware/answer_rules.hpp"
#include "middleware/buffering.hpp"
#include "middleware/limit.hpp"
#include "middleware/step.hpp"

#include <waggle/base/log.hpp>
#include <waggle/base/result.hpp>
#include <waggle/model/configuration.hpp>
#include <waggle/proxy/options.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace waggle::proxy::middleware {

struct chain_step {
  std::unique_ptr<const step> run;
  const char* told_as =
      nullptr;  ///< what the access log puts before the frontend's or entry point's name when the answer is this step's (Traefik 1.7)
};

/// Runs steps[next], steps[next + 1], …, in order, until one does not pass. `next` is the one behind that; to go on after a check
/// has agreed (apply its decision first), call it again. @param said  what those that passed it had to say. @return passed: by all.
step_result run_steps(std::span<const chain_step> steps, std::size_t& next, const request_info& about, http::request& request, passed& said);

struct chain {
  std::vector<chain_step> steps;
  std::vector<std::shared_ptr<limit>> limits;
  std::unique_ptr<const answer_rules> on_answer;           ///< null: heads of answers pass as they are
  std::unique_ptr<const middleware::buffering> buffering;  ///< null: bodies stream
  bool hides_server = false;                               ///< a label or an auth server takes X-Forwarded-Server away, by which loops are suspected
  bool empty() const noexcept { return steps.empty() && limits.empty() && !on_answer; }
};

/// State that outlives a table: limits by frontend and kind, kept while their option is the same.
class limit_registry {
 public:
  /// The limit kept under `key` if it was made from an equal `option` text, else a new one.
  template <class Make>
  std::shared_ptr<limit> keep(const std::string& key, const std::string& option, Make&& make) {
    auto& held = held_[key];
    if (!held.state || held.option != option) held = {option, make()};
    return held.state;
  }
  /// Forgets what no frontend of the newest table holds.
  void sweep() {
    std::erase_if(held_, [](const auto& e) { return e.second.state.use_count() <= 1; });
  }

 private:
  struct entry {
    std::string option;
    std::shared_ptr<limit> state;
  };
  std::map<std::string, entry> held_;
};

/// What building may need besides the model.
struct build_context {
  const options& opts;
  limit_registry& limits;
  base::logger& build_log;  ///< for the time of building only: what was said before is not said again
  base::logger& log;        ///< outlives the chain: what is built may keep it
  const std::string& provider;
};

}  // namespace waggle::proxy::middleware
