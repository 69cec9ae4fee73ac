// What stands between a request and its server, in order: the steps of the entry point, the route, the steps and limits of the
// frontend. A step that cannot decide at once leaves a check, which is awaited in its place; then the next one has its turn.
#pragma once

#include "exchange/accounting.hpp"
#include "exchange/choice.hpp"
#include "exchange/incoming.hpp"
#include "io/task.hpp"
#include "middleware/chain.hpp"
#include "middleware/passed_limits.hpp"
#include "routing/error_pages.hpp"
#include "routing/table.hpp"
#include "stream/client_facts.hpp"
#include "stream/server_stream.hpp"
#include "worker/table_ref.hpp"
#include "worker/worker.hpp"

#include <waggle/http/message.hpp>
#include <waggle/match/request_view.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace waggle::proxy {

class request_steps {
 public:
  /// What came of it.
  struct outcome {
    enum class kind : std::uint8_t {
      go_on,
      wait,              ///< a check has to agree first: await_check()
      answered,          ///< take_answer()
      options_answered,  ///< OPTIONS that is meant for waggle itself
      refused,           ///< why
      client_gone
    };
    outcome() noexcept = default;
    outcome(kind k) noexcept : what(k) {}
    outcome(const http::refusal& r) noexcept : what(kind::refused), why(r) {}
    kind what = kind::go_on;
    http::refusal why;
  };

  request_steps(worker& w, client_connection& owner, const client_facts& from, incoming& in, choice& where, accounting& account) noexcept
      : w_(w), owner_(owner), from_(from), in_(in), choice_(where), account_(account) {}
  request_steps(const request_steps&) = delete;

  /// Is it a path of the API's? Those come before the steps of their entry point.
  bool find_before_steps();
  /// Goes on where the request stands, until it may have a server (go_on) or something else comes of it.
  outcome advance();
  /// Awaits the check that a step has left, and goes on behind it.
  io::task<outcome> await_check(server_stream& client);
  middleware::local_answer take_answer() noexcept { return std::move(*answer_); }
  /// The request is one of the route's: error pages are for what is answered from here on (Traefik 1.7).
  bool has_passed_entry() const noexcept { return at_frontend_; }
  /// The frontend's step that gave the answer; by_no_step: none did.
  std::size_t answered_by() const noexcept { return answer_ ? next_step_ - 1 : routing::by_no_step; }
  /// The exchange is over: the limits hear of it.
  void finish(const middleware::outcome& result) noexcept { limits_.finish(result); }

  in_table<routing::frontend> route;  ///< of the table that the request began with

 private:
  match::request_view view() const;
  outcome find_route();
  http::refusal rewrite_path();
  outcome run_steps(std::span<const middleware::chain_step> steps);
  void tell_step();
  middleware::request_info info() const;

  worker& w_;
  client_connection& owner_;
  const client_facts& from_;
  incoming& in_;
  choice& choice_;
  accounting& account_;
  bool at_frontend_ = false;                           ///< whose steps it goes through: the frontend's, or the entry point's
  std::size_t next_step_ = 0;                          ///< … of these
  const char* stopped_by_ = nullptr;                   ///< chain_step::log_prefix of the one that did not let it pass
  std::shared_ptr<middleware::deferred_check> check_;  ///< has to agree before the request goes on
  std::optional<middleware::local_answer> answer_;     ///< given instead of a server's
  middleware::passed_limits limits_;                   ///< of the route
};

}  // namespace waggle::proxy
