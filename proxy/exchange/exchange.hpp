// One request and its answer. Its parts: `in` (the request), `client` and `server` (both ends), `choice` (where it goes), `upload` and
// `download` (bodies on their way), `account` (what is told of it). Here are its phases, in the order of docs/life_of_a_request.md:
// request steps → forward (choose, connect, send, relay, again) → reply. Tables, servers and connections change while it waits: it has values
// and leases of its own, no pointer into what another one holds.
#pragma once

#include "decision/attempt_end.hpp"
#include "decision/deadlines.hpp"
#include "decision/retry.hpp"
#include "decision/reuse.hpp"
#include "decision/step.hpp"
#include "exchange/accounting.hpp"
#include "exchange/request_steps.hpp"
#include "exchange/body_store.hpp"
#include "exchange/choice.hpp"
#include "exchange/download.hpp"
#include "exchange/incoming.hpp"
#include "exchange/upload.hpp"
#include "io/task.hpp"
#include "io/waiter.hpp"
#include "stream/client_facts.hpp"
#include "stream/client_stream.hpp"
#include "stream/server_stream.hpp"
#include "worker/client_wait.hpp"
#include "worker/worker.hpp"

#include <waggle/http/message.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waggle::proxy {

class exchange {
 public:
  /// A request has come. @param at  its end of the client's connection. @param head  as it was received, lawful or not. All that is given
  /// outlives this.
  exchange(worker& w, client_facts& from, const server_stream::end& at, const access::log::received& head);
  ~exchange();
  exchange(const exchange&) = delete;

  /// @param received  go_on, or what else came of the head. @return what becomes of the client's connection.
  io::task<client_fate> run(const request_steps::outcome& received);
  /// What is in its pipes goes to memory: they serve others while it stalls.
  void give_back_pipes();

  incoming in;
  io::waiter waiter;  ///< its own: whatever it waits for ends when this is interrupted
  server_stream client;

 private:
  io::task<client_fate> run_slowly(request_steps::outcome o);
  // forward.cpp
  io::task<client_fate> forward();
  fault send_head();
  attempt attempt_so_far() const noexcept;
  void note_unanswered(const fault& why);
  retry_decision decide_next(const attempt_end& end);
  void begin_again(const retry_decision& how, const fault& why);
  io::task<client_fate> give_up(fault why);
  upstream::owned_connection take_connection();
  void release_server();
  /// Does the backend's expression want the request sent again after an answer, or after none?
  bool retry_wanted(unsigned status, bool network_error) const;
  // relay.cpp
  io::task<attempt_end> relay();
  relay_wait wait_of(progress answer, progress request) const noexcept;
  bool enter_wait(std::optional<client_wait>& place, progress answer, progress request);
  fault meet(const deadline& due);
  // answer.cpp: heads of answers
  step step_answer();
  step take_heads();
  step take_final_head(const http::answer& head);
  // reply.cpp
  io::task<client_fate> refuse(unsigned status, std::string_view why = {});
  io::task<client_fate> reply(middleware::local_answer answer);
  accounting::result so_far() const noexcept;

  worker& w_;
  client_facts& from_;
  accounting account_;
  choice choice_;
  request_steps steps_;
  body_store store_;
  client_stream server_;
  upload upload_;
  download download_;
  unsigned attempts_ = 0;
  unsigned label_retries_ = 0;     ///< made because of the backend's retry expression
  unsigned status_ = 0;            ///< of the answer; 0: none yet
  bool repeated_ = false;          ///< sent again after a new connection had ended without an answer: once is enough
  bool network_error_ = false;     ///< 502 or 504 because no server could be reached
  bool page_asked_ = false;        ///< an error page was fetched (or is): not for its own failure again
  bool tunnel_ = false;            ///< 101 was relayed
  io::time_ms connect_until_ = 0;  ///< end of the dial timeout, which its attempts have together; 0: not begun
  io::time_ms silence_due_ = 0;    ///< when to ask the kernel whether the server is there at all
};

}  // namespace waggle::proxy
