// The discovery loop: connects, looks when pacing says so, survives every fault of the Engine, keeps the last good picture
// in force. One object, one thread; only look_now() and stop() are for others.
#pragma once

#include "docker/client.hpp"
#include "docker/event_stream.hpp"
#include "docker/transport.hpp"
#include "reconcile/backoff.hpp"
#include "reconcile/guard.hpp"
#include "reconcile/poll_schedule.hpp"
#include "reconcile/publisher.hpp"
#include "reconcile/restarts.hpp"
#include "watch/own_networks.hpp"
#include "watch/snapshot_reader.hpp"
#include "watch/status_board.hpp"
#include "watch/task_reasons.hpp"
#include "watch/words.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace waggle::discovery {

/// What the watcher must be told about its surroundings, so that tests need no /proc.
struct environment {
  std::function<std::vector<own_address>()> addresses = &own_addresses;  ///< of this process's interfaces, now
  std::vector<std::string> container_ids;                                ///< see own_container_ids()
  std::uint32_t seed = 1;                                                ///< for jitter
};

class watcher {
 public:
  watcher(const options& opts, environment around, transport& wire, base::logger& log, publish_handler publish, status_board& board);

  /// Runs until stop(). Thread: the discovery thread.
  void run();
  void stop() noexcept;                      ///< thread: any
  void look_now(const std::string& reason);  ///< thread: any

 private:
  bool connect();
  void find_self(base::mono_time now);
  void find_self_by_address(const snapshot& picture, base::mono_time now);
  void turn();
  void perform(const look& what);
  void accept(const look& what, snapshot picture);
  void note_moves(const snapshot& picture, base::mono_time now);
  void tell_of_mesh();
  void tell_look(const look& what, base::nanoseconds took, base::nanoseconds age, bool news);
  void tell_status(std::uint64_t generation, const shared_verdicts& verdicts);
  void failed(const engine_fault& fault, const std::string& traefik_line);
  void recovered(const engine_version& version);
  void take_hints();
  void keep_events_open(base::mono_time now);
  std::string failed_line(const engine_fault& fault) const;

  options opts_;
  environment around_;
  transport& wire_;
  base::logger& log_;
  status_board& board_;
  engine_client client_;
  event_stream events_;
  const watch_words& words_;
  std::unique_ptr<snapshot_reader> looker_;
  task_reasons reasons_;
  poll_schedule pacing_;
  guard guard_;
  backoff backoff_;
  publisher publisher_;

  snapshot picture_;
  std::set<std::string> unsettled_;  // services in it that have work in progress
  restart_watch restarts_;
  std::set<std::string> looping_;
  own_networks own_;
  std::optional<engine_fault> self_refused_;  // why the Engine does not tell of the own container
  base::mono_time address_again_{};           // then: when to look at the own addresses again
  bool told_unknown_self_ = false;
  std::string own_service_;
  std::vector<std::string> told_mesh_ports_;
  std::set<std::string> announced_;  // removals that events told of
  bool connected_ = false, ever_shown_ = false;
  base::mono_time shown_at_{};    // when the picture in force was taken over
  std::size_t quiet_looks_ = 0;   // since the last line about a look
  base::mono_time self_again_{};  // when to ask for the own container again
  std::string told_fault_;        // what was last said about being away; empty while all is well
  std::optional<base::mono_time> away_since_;
  base::mono_time events_retry_{}, events_seen_{};
  base::milliseconds events_pause_{1'000};
  std::optional<base::mono_time> events_opened_;

  std::atomic<bool> stopping_{false};
  std::mutex feedback_mutex_;
  std::string feedback_;  // reason of a look that others asked for; empty: none
};

}  // namespace waggle::discovery
