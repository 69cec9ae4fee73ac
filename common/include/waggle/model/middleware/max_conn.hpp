// One kind of middleware: how many requests of one kind may be in progress.
// Plain data as Traefik 1 names it; whether a value makes sense is judged where it is wired.
#pragma once

#include <cstdint>
#include <string>

namespace waggle::model {

struct max_conn {
  std::int64_t amount = 0;
  std::string extractor_func = "request.host";
  bool operator==(const max_conn&) const = default;
};

}  // namespace waggle::model
