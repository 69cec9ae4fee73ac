// The one way a function says that it may fail; it does not say how errors are shown.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>

namespace waggle::base {

using boost::system::error_code;

/// A value or an error_code.
template <class T>
using result = boost::system::result<T>;

/// Why a text could not be understood, for a person: complete sentence part, no trailing dot.
struct explained {
  std::string reason;
  bool operator==(const explained&) const = default;
};

/// A value or a reason that can be shown to an operator (parsers of labels, rules, flags).
template <class T>
using explained_result = boost::system::result<T, explained>;

// Lets boost::system::result carry `explained`: value() on a failed result is a bug of ours.
[[noreturn]] inline void throw_exception_from_error(const explained& e, const boost::source_location&) {
  throw std::logic_error("value() of a failed result: " + e.reason);
}

}  // namespace waggle::base
