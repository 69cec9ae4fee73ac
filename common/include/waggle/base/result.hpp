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
struct text_error {
  std::string reason;
  bool operator==(const text_error&) const = default;
};

/// A value or a reason that can be shown to an operator (parsers of labels, rules, flags).
template <class T>
using text_result = boost::system::result<T, text_error>;

// Lets boost::system::result carry `explained`: value() on a failed result is a bug of ours.
[[noreturn]] inline void throw_exception_from_error(const text_error& e, const boost::source_location&) {
  throw std::logic_error("value() of a failed result: " + e.reason);
}

}  // namespace waggle::base
