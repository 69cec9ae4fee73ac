#include "exchange/held_answer.hpp"

namespace waggle::proxy {

fault held_answer::add(std::string_view bytes) {
  if (body_.size() + bytes.size() > store_.longest(how_.max_response)) {
    store_.complain("buffering: the answer's body is larger than maxResponseBodyBytes, or without it --buffering.maxBodyBytes");
    return fault_kind::response_too_large;
  }
  return store_.outcome_of(body_.append(bytes), "an answer's body");
}

}  // namespace waggle::proxy
