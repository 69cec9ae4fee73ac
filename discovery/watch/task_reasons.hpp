// Why tasks do not start or stay, in the Engine's own words ("No such image: …", "task: non-zero exit (1)"): asked for services
// that have none running for a while, or whose tasks end again and again. One call every few seconds, and only while there are any.
#pragma once

#include "docker/client.hpp"
#include "swarm/snapshot.hpp"
#include "watch/status_board.hpp"

#include <waggle/base/log.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

class task_reasons {
 public:
  /// @param level  at which it speaks
  task_reasons(engine_client& client, status_board& board, base::logger& log, base::log_level level)
      : client_(client), board_(board), log_(log), level_(level) {}

  /// A service changed.
  void note(const service_view& v, base::mono_time now);
  /// @param looping  ids of services whose tasks end again and again
  void ask(const snapshot& picture, const std::set<std::string>& looping, base::mono_time now);

 private:
  std::vector<std::string> whom(const std::map<std::string_view, const service_view*>& known, const std::set<std::string>& looping,
                                base::mono_time now);

  engine_client& client_;
  status_board& board_;
  base::logger& log_;
  const base::log_level level_;
  std::map<std::string, base::mono_time> starving_;  // without a running task, or with an update that is stuck, since when
  std::map<std::string, std::string> told_;          // service id → reason
  base::mono_time again_{};
};

}  // namespace waggle::discovery
