// One kind of middleware: when a backend is left alone.
// Plain data as Traefik 1 names it; whether a value makes sense is judged where it is wired.
#pragma once

#include <string>

namespace waggle::model {

struct circuit_breaker {
  std::string expression;
  bool operator==(const circuit_breaker&) const = default;
};

}  // namespace waggle::model
