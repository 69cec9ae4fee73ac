// The middlewares of one router, in the order of its list, as they act on requests (made by registry.hpp), and how a request goes through
// the steps of a chain. A router without any has an empty chain and pays one comparison.
#pragma once

#include "middleware/answer_rules.hpp"
#include "middleware/buffering.hpp"
#include "middleware/limit.hpp"
#include "middleware/passed_limits.hpp"
#include "middleware/step.hpp"

#include <waggle/base/log.hpp>
#include <waggle/base/result.hpp>
#include <waggle/proxy/options.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace waggle::proxy::middleware {

/// Either of the two.
struct chain_step {
  std::unique_ptr<const step> run;
  const char* log_prefix =
      nullptr;  ///< what the access log puts before the frontend's or entry point's name when the answer is this step's (Traefik 1.7)
  std::shared_ptr<limit> counts{};  ///< shared with the tables before and behind this one, and with routers that count together
};

/// Runs steps[next], steps[next + 1], …, in order, until one does not pass. `next` is the one behind that; to go on after a check
/// has agreed (apply its decision first), call it again. @param said  what those that passed it had to say. @param limits  notes those
/// that let it in; the steps outlive it. @return passed: by all.
step_result run_steps(std::span<const chain_step> steps, std::size_t& next, const request_info& about, http::request& request, passed& said,
                      passed_limits& limits);

struct chain {
  std::vector<chain_step> steps;
  std::unique_ptr<const answer_rules> on_answer;           ///< null: heads of answers pass as they are
  std::unique_ptr<const middleware::buffering> buffering;  ///< null: bodies stream
  std::vector<std::size_t> pages_from;                     ///< of each error page in the list: the first step whose answers it is for
  bool hides_server = false;                               ///< a label or an auth server takes X-Forwarded-Server away, by which loops are suspected
  bool empty() const noexcept { return steps.empty() && !on_answer; }
};

/// State that outlives a table: limits by service and kind, kept while their option is the same.
class limit_registry {
 public:
  /// The limit kept under `key` if it was made from an equal `option` text, else a new one.
  template <class Make>
  std::shared_ptr<limit> keep(const std::string& key, const std::string& option, Make&& make) {
    auto& held = held_[key];
    if (!held.state || held.option != option) held = {option, make()};
    return held.state;
  }
  /// Forgets what no router of the newest table holds.
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

/// Adds the limit kept under `key`. The second of two alike in one chain counts for itself: a request is asked twice.
template <class Make>
void add_limit(chain& to, limit_registry& limits, const std::string& key, const std::string& option, const char* log_prefix, const Make& make) {
  const auto there = [&](const std::shared_ptr<limit>& one) {
    return std::any_of(to.steps.begin(), to.steps.end(), [&](const chain_step& s) { return s.counts == one; });
  };
  std::shared_ptr<limit> made = limits.keep(key, option, make);
  for (unsigned n = 2; there(made); ++n) made = limits.keep(key + "#" + std::to_string(n), option, make);
  to.steps.push_back({nullptr, log_prefix, std::move(made)});
}

}  // namespace waggle::proxy::middleware
