#include "watch/unserved_swarm.hpp"

#include <algorithm>
#include <string>

namespace waggle::discovery {

std::size_t count_labelled(const std::vector<service>& all) {
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const service& s) {
    return std::any_of(s.labels.begin(), s.labels.end(), [](const auto& l) { return l.first.starts_with("traefik."); });
  }));
}

void tell_of_unserved_swarm(engine_client& client, status_board& board, base::logger& log, base::log_level level) {
  const auto all = client.services({});
  const std::size_t unserved = all.has_error() ? 0 : count_labelled(*all);
  if (unserved > 0 && unserved != board.status().unserved_services)
    log.write(level, "Services of the swarm are not served",
              {{"services", std::to_string(unserved)},
               {"cause", "--docker without --docker.swarmmode serves the containers of this Engine alone, by their own labels"},
               {"fix", "add --docker.swarmmode"}});
  board.edit([&](status& s) { s.unserved_services = unserved; });
}

}  // namespace waggle::discovery
