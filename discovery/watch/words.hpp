// What the log calls that which is watched. Plain texts; operators search for them.
#pragma once

namespace waggle::discovery {

struct watch_words {
  const char *lost_early, *lost, *found_again, *looked, *doubt;
  const char *list_failed_first, *list_failed;  ///< Traefik's, section 13.4 of its behaviour: the first round and later ones
};

inline constexpr watch_words swarm_words{"Swarm not visible: nothing is routed yet",
                                         "Swarm not visible: waggle keeps serving the last known-good configuration",
                                         "Swarm reachable again",
                                         "Looked at the swarm",
                                         "Swarm picture in doubt",
                                         "Failed to list services for docker swarm mode, error ",
                                         "Failed to list services for docker, error "};

inline constexpr watch_words container_words{"Docker not visible: nothing is routed yet",
                                             "Docker not visible: waggle keeps serving the last known-good configuration",
                                             "Docker reachable again",
                                             "Looked at the containers",
                                             "Picture of the containers in doubt",
                                             "Failed to list containers for docker, error ",
                                             "Failed to list containers for docker, error "};

}  // namespace waggle::discovery
