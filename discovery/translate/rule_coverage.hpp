// Which requests a rule takes, in a form that can be compared with another rule's: hosts, where paths begin, and whatever else
// it asks for as text. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

struct rule_coverage {
  struct path {
    std::string text;    ///< every path that it takes begins so
    bool exact = false;  ///< Path: only this one (and its other slash form, which is redirected)
    bool operator==(const path&) const = default;
  };
  std::vector<std::string> hosts;  ///< any of them, lower case; empty: any host
  std::vector<path> paths;         ///< any of them; empty: nothing is taken
  bool partly = false;             ///< not all that begins so is taken, for a template decides (it is in `rest`)
  std::string rest;                ///< all else that it asks for: equal texts ask for the same

  bool operator==(const rule_coverage&) const = default;
};

/// Equal for rules that take the same requests, however they are written (order, case of hosts, what is rewritten); empty: nothing is taken.
std::string same_requests_key(const rule_coverage& of);

/// @param rule  in Traefik 1's grammar; one that is none takes nothing.
rule_coverage extent_of(std::string_view rule);

}  // namespace waggle::discovery
