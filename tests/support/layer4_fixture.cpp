#include "layer4_fixture.hpp"

namespace waggle::test {

proxy::options layer4_options(const char* entry_point, model::protocol protocol, unsigned workers) {
  proxy::options o;
  proxy::entry_point e;
  e.name = entry_point;
  e.address = "127.0.0.1:0";
  e.protocol = protocol;
  o.entry_points.push_back(std::move(e));
  o.workers = workers;
  return o;
}

model::server layer4_task(const char* scheme, std::uint16_t port, std::uint64_t slot, const std::string& task) {
  model::server s = task_on(port, slot, task.empty() ? "task" + std::to_string(port) : task);
  s.scheme = scheme;
  s.url = std::string(scheme) + "://127.0.0.1:" + std::to_string(port);
  return s;
}

}  // namespace waggle::test
