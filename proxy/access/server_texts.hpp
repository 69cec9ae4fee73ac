// The members of a JSON line that only depend on the server, made once for many lines.
#pragma once

#include "access/line.hpp"

#include <waggle/base/shared_text.hpp>

#include <array>
#include <cstdint>
#include <string>

namespace waggle::proxy::plan {
struct server;
struct backend;
}  // namespace waggle::proxy::plan

namespace waggle::proxy::access {

struct layout;

struct server_text {
  // What it was made from; these texts are shared, so that one address means one text as long as they are held.
  std::string host, backend;
  base::shared_text service, task, node, node_name;
  std::uint64_t slot = 0;
  bool made = false;
  // `"BackendAddr":…,"BackendName":…,"BackendURL":…,` and so on, without the members that are dropped
  growing_text where, on_node, of_service, as_task;
};

/// As many as fit; who comes later takes the place. Thread: its worker's.
class server_texts {
 public:
  /// @param how  the same in every call: what is kept was made by it
  const server_text& of(const layout& how, const plan::backend& b, const plan::server& s);

 private:
  std::array<server_text, 64> known_;
};

}  // namespace waggle::proxy::access
