#include "docker/json_splitter.hpp"

#include "docker/json_text.hpp"

namespace waggle::discovery {

// One character outside every element: white space, the array's brackets and commas (RFC 8259 section 2).
bool json_splitter::between(char c) {
  if (c == ' ' || c == '\t' || c == '\n' || c == '\r') return true;
  switch (place_) {
    case place::start:
      if (form_ == shape::array && c == '[') {
        place_ = place::before_first;
        return true;
      }
      // An empty list of networks is `null` from some Engines' Go encoder; it never is for services, tasks and networks.
      return false;
    case place::before_first:
      if (c == ']') {
        place_ = place::end;
        return true;
      }
      return false;
    case place::after_element:
      if (c == ',') {
        place_ = place::before_next;
        return true;
      }
      if (c == ']') {
        place_ = place::end;
        return true;
      }
      return false;
    case place::before_next:
    case place::inside:
    case place::end:
    case place::failed: return false;
  }
  return false;
}

bool json_splitter::finish_element(std::string_view tail) {
  place_ = form_ == shape::array ? place::after_element : place::start;
  if (partial_.empty()) return on_element_(tail);
  partial_.append(tail);
  const bool go_on = on_element_(partial_);
  partial_.clear();
  return go_on;
}

// Inside an element: moves `i` behind the next byte that matters. @return true when that byte closed the element.
bool json_splitter::pass(std::string_view bytes, std::size_t& i) {
  const char* const end = bytes.data() + bytes.size();
  const char* at = bytes.data() + i;
  bool closed = false;
  while (at != end && !closed) {
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
        ++at;
        continue;
      }
      at = json_text::string_stop(at, end);
      if (at == end) break;
      if (*at == '\\') escaped_ = true;
      else if (*at == '"') in_string_ = false;
      ++at;
      continue;
    }
    const char c = *at++;
    if (c == '"') in_string_ = true;
    else if (c == '{' || c == '[') ++depth_;
    else if (c == '}' || c == ']') closed = --depth_ == 0;
  }
  i = static_cast<std::size_t>(at - bytes.data());
  return closed;
}

bool json_splitter::feed(std::string_view bytes) {
  if (place_ == place::failed) return false;
  std::size_t begin = 0;  // of the element within these bytes
  for (std::size_t i = 0; i < bytes.size();) {
    if (place_ == place::inside) {
      if (pass(bytes, i) && !finish_element(bytes.substr(begin, i - begin))) {
        place_ = place::failed;
        return false;
      }
      continue;
    }
    const char c = bytes[i];
    const bool may_begin = place_ == place::before_first || place_ == place::before_next || (form_ == shape::sequence && place_ == place::start);
    if (c == '{' && may_begin) {
      place_ = place::inside;
      depth_ = 1;
      begin = i;
      in_string_ = escaped_ = false;
    } else if (!between(c)) {
      place_ = place::failed;
      return false;
    }
    ++i;
  }
  if (place_ == place::inside) {
    partial_.append(bytes.substr(begin));
    if (partial_.size() > max_element) {
      place_ = place::failed;
      return false;
    }
  }
  return true;
}

bool json_splitter::complete() const noexcept { return form_ == shape::array ? place_ == place::end : place_ == place::start; }

}  // namespace waggle::discovery
