#include "decision/hold.hpp"

namespace waggle::proxy {

hold_action decide_hold(const hold_facts& f, io::time_ms now) noexcept {
  if (f.limit == 0) return hold_action::go;
  if (f.until != 0 && now >= f.until) return hold_action::expired;
  if (f.successor_coming || f.successor_unproven) return hold_action::wait;
  if (f.has_server) return f.server_proven ? hold_action::go : hold_action::wait;
  return f.wants_tasks ? hold_action::wait : hold_action::go;
}

}  // namespace waggle::proxy
