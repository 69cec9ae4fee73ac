// The little language of circuit breaker and retry expressions: Go's syntax for comparisons of functions with literals, joined
// by && and || (Traefik 1.7 sections 7.7 and 7.8). Which functions there are is the caller's table. Pure.
#pragma once

#include <waggle/base/result.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace waggle::proxy::middleware {

/// A literal or what a function gave. Go's quirk is kept: an integer compares with an integer only ("1.0" is none), a real
/// number with a literal that has a point or an exponent only.
using predicate_value = std::variant<bool, std::int64_t, double, std::string>;

struct predicate_function {
  enum class type : std::uint8_t { truth, integer, real, text };  ///< in the order of predicate_value
  std::string_view name;
  type result;
  std::vector<type> parameters;
};

class predicate {
 public:
  /// @param functions  must outlive it. @return the reason in the words of Traefik's library, where it has some.
  static base::text_result<predicate> parse(std::string_view text, std::span<const predicate_function> functions);

  /// Asks for a function's value: index into the table, arguments as checked by parse().
  class source {
   public:
    virtual ~source() = default;
    virtual predicate_value value(std::size_t function, std::span<const predicate_value> arguments) const = 0;
  };
  bool holds(const source& from) const;
  /// Whether it calls that function.
  bool uses(std::size_t function) const noexcept;

  struct node;  ///< predicate.cpp

 private:
  std::shared_ptr<const node> root_;
};

}  // namespace waggle::proxy::middleware
