// Trailer fields of an answer, collected behind its last chunk and passed on where that is lawful (RFC 9110 section 6.5.1).
#pragma once

#include "http1/head.hpp"
#include "http1/trailers.hpp"
#include "stream/client_stream.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace waggle::proxy {

class passed_trailers {
 public:
  /// @param head  of the answer. @param welcome  the client takes them, announced or not (TE: trailers).
  void expect(client_stream& from, const http1::response_head& head, bool welcome) {
    welcome_ = welcome;
    for (std::size_t i = 0; i < head.fields.size(); ++i) {
      if (head.fields.id(i) != http::field_id::trailer) continue;
      if (!announced_.empty()) announced_ += ", ";
      announced_ += head.fields[i].value;
    }
    from.keep_trailers(&lines_);
  }
  void forget() noexcept {
    lines_.clear();
    announced_.clear();
  }
  std::string_view announced() const noexcept { return announced_; }  ///< value of Trailer; empty: none
  /// Behind the last chunk, with the empty line; empty: none came.
  std::string to_send() const {
    if (lines_.empty()) return {};
    return (welcome_ ? http1::harmless_trailers(lines_) : http1::announced_trailers(lines_, announced_)) + "\r\n";
  }

 private:
  std::string announced_;
  std::string lines_;  ///< as received
  bool welcome_ = false;
};

}  // namespace waggle::proxy
