#include "udp/port_range.hpp"

#include <fstream>

namespace waggle::proxy::udp {

std::size_t local_ports(const std::string& file) {
  std::ifstream in(file);
  std::size_t first = 0, last = 0;
  if (in >> first >> last && first <= last && last <= 65'535) return last - first + 1;
  return 28'232;
}

}  // namespace waggle::proxy::udp
