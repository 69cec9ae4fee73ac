// Cuts a stream of JSON bytes into its elements: the objects of one top-level array, or objects one after another (the
// /events stream). It looks only at strings and brackets; each element is validated by the parser that gets it. So a list
// of a hundred thousand tasks is read with one task in memory.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::discovery {

class json_splitter {
 public:
  enum class shape { array, sequence };
  /// @param on_element  gets one whole element; false stops the reading with an error.
  using element_handler = std::function<bool(std::string_view)>;

  json_splitter(shape form, element_handler on_element) : form_(form), on_element_(std::move(on_element)) {}

  /// @return false for good once the text cannot be what was announced, or the handler said so.
  bool feed(std::string_view bytes);
  /// True when the text ended where such a text may end: after the array's bracket, or between two objects.
  bool complete() const noexcept;

  static constexpr std::size_t max_element = 8u << 20;  ///< bytes; a longer element is not from an Engine

 private:
  bool pass(std::string_view bytes, std::size_t& i);
  bool between(char c);
  bool finish_element(std::string_view tail);

  enum class place { start, before_first, before_next, after_element, inside, end, failed };
  shape form_;
  element_handler on_element_;
  place place_ = place::start;
  std::string partial_;  // the element so far, when it spans two feeds
  int depth_ = 0;
  bool in_string_ = false, escaped_ = false;
};

}  // namespace waggle::discovery
