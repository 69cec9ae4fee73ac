// What is told of an exchange: figures by entry point, backend and server, and its line in the access log.
#pragma once

#include "access/log.hpp"
#include "access/record.hpp"
#include "decision/fault.hpp"
#include "routing/table.hpp"
#include "stream/client_facts.hpp"
#include "upstream/endpoint.hpp"
#include "worker/table_ref.hpp"
#include "worker/traffic.hpp"
#include "worker/worker.hpp"

#include <cstdint>
#include <optional>

namespace waggle::proxy {

class accounting {
 public:
  static constexpr std::uint8_t websocket = 1, event_stream = 2;  ///< of protocol_names

  /// What came of an exchange.
  struct result {
    unsigned status = 0;  ///< 0: nobody was left to answer
    bool network_error = false;
    std::uint64_t request_bytes = 0, answer_bytes = 0;
    const routing::frontend* route = nullptr;
    const plan::backend* to = nullptr;
    int server = -1, wanted = -1;
    upstream::endpoint* endpoint = nullptr;
  };

  /// A request has come. @param head  as it was received, lawful or not.
  accounting(worker& w, const client_facts& from, const access::log::received& head);
  accounting(const accounting&) = delete;

  /// It counts from here on.
  void count() noexcept;
  /// Instead: nothing is told of it, it is the API's (Traefik 1.7 neither logs nor counts those).
  void leave_untold() noexcept;
  bool is_untold() const noexcept { return untold_; }
  void become(std::uint8_t protocol) noexcept;
  /// Once there is a route: what waggle answers itself (401, 403, 429, 503, redirects) belongs to the service as well.
  void count_for(const plan::backend& b);
  /// A server's turn comes.
  void begin_backend(const plan::backend& b);
  /// Exchanges of its backend that are in progress, if it is counted.
  bool is_within_share() const noexcept { return !counted_ || w_.is_within_backend_share(counted_->in_use()); }
  void note_retry() noexcept { ++retries_; }
  /// Why a server gave no answer, or not all of one: a client sees only a 502 or 504, or that it was cut.
  void tell_failure(const result& so_far, bool head_sent, const fault& why);
  void finish(const result& r) noexcept;
  io::time_ms began() const noexcept { return began_; }

  access::record* record = nullptr;  ///< null: no access log

 private:
  worker& w_;
  const io::time_ms began_;
  std::optional<counter_lease> active_;
  const std::uint16_t entry_;
  traffic_kind kind_;
  open_request at_entry_;
  traffic_lease counted_;  ///< none: the number is another backend's by now
  unsigned retries_ = 0;   ///< attempts after the first
  bool untold_ = false;
};

}  // namespace waggle::proxy
