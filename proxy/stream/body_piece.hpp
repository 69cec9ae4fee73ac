// A piece of a body on its way from one end of an exchange to the other.
#pragma once

#include <cstddef>

namespace waggle::proxy {

/// Bytes without their framing, in the worker's scratch, valid until the next suspension. There is room in front of them and behind them
/// for what the other end frames them with (scratch::lead, scratch::trail).
struct body_piece {
  char* data = nullptr;
  std::size_t size = 0;
  bool ended = false;      ///< these are the last
  bool broken = false;     ///< what follows is not as its framing says
  bool more_here = false;  ///< more of it is there already
};

}  // namespace waggle::proxy
