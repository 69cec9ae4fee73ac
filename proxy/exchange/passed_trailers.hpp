// Trailer fields of an answer, collected behind its body and passed on where that is lawful (RFC 9110 section 6.5.1).
#pragma once

#include "stream/client_stream.hpp"

#include <waggle/http/message.hpp>
#include <waggle/http/trailers.hpp>

#include <string>
#include <string_view>

namespace waggle::proxy {

class passed_trailers {
 public:
  /// @param head  of the answer. @param welcome  the client takes them, announced or not (TE: trailers).
  void expect(client_stream& from, const http::answer& head, bool welcome) {
    welcome_ = welcome;
    for (const http::field& f : head.fields) {
      if (f.id != http::field_id::trailer) continue;
      if (!announced_.empty()) announced_ += ", ";
      announced_ += f.value;
    }
    from.keep_trailers(&lines_);
  }
  void forget() noexcept {
    lines_.clear();
    announced_.clear();
  }
  std::string_view announced() const noexcept { return announced_; }  ///< value of Trailer; empty: none
  /// Lines, behind the body; empty: none came, or none may pass.
  std::string to_send() const {
    if (lines_.empty()) return {};
    return welcome_ ? http::harmless_trailers(lines_) : http::announced_trailers(lines_, announced_);
  }

 private:
  std::string announced_;
  std::string lines_;  ///< as received
  bool welcome_ = false;
};

}  // namespace waggle::proxy
