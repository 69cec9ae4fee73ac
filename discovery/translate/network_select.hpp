// Which of a task's networks, and so which address, waggle reaches it by. Pure and in a fixed order, so that the choice
// never flaps. Traefik 1 picked at random (section 2.5); that is a safe deviation.
#pragma once

#include "swarm/types.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

/// One way to reach a task or a service. Points into the list of networks and the task or service.
struct reach {
  std::string_view network_id, network;  ///< name as the network list has it
  std::string_view address;              ///< without mask; "<nil>" where Traefik would print that
  bool ingress = false;
};

/// Attachments on listed networks, without mask; those without an address are left out. Sorted by name, ingress last.
/// @param traefik1  an address that is not in CIDR form becomes "<nil>"; else it is taken when it is an address.
std::vector<reach> reaches_of(const std::vector<attachment>& attachments, const network_map& networks, bool traefik1);
std::vector<reach> reaches_of(const std::vector<virtual_ip>& ips, const network_map& networks, bool traefik1);

struct network_wish {
  std::string_view label;   ///< traefik.docker.network, or empty
  std::string_view option;  ///< --docker.network, or empty
};

enum class network_answer {
  chosen,
  chosen_among_many,  ///< several would do; the first by name was taken
  named_not_shared,   ///< the label names one that waggle is not attached to
  none_attached,      ///< the task hangs on no usable network at all
  not_attached,       ///< the label names a network the task is not on
  not_shared          ///< the task is on networks, waggle on none of them
};

struct network_choice {
  network_answer answer = network_answer::none_attached;
  const reach* chosen = nullptr;  ///< into the candidates
};

/// @param own  waggle's own networks if known: label, else option, else the one network shared with waggle, never ingress.
network_choice choose_network(const std::vector<reach>& candidates, network_wish wish, const own_networks& own);

/// As Traefik 1: the wanted one, else any - here the first by name, ingress last. nullptr if there is none.
/// @param fell_back  set when a network was wanted and is not there.
const reach* choose_network_traefik1(const std::vector<reach>& candidates, network_wish wish, bool& fell_back);

}  // namespace waggle::discovery
