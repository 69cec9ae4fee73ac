#include <waggle/base/shared_text.hpp>

#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

namespace waggle::base {

shared_text::shared_text(std::string_view text) {
  if (text.empty()) return;
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) throw std::length_error("shared_text");
  void* const memory = ::operator new(sizeof(rep) + text.size());
  rep_ = new (memory) rep{{1}, static_cast<std::uint32_t>(text.size())};
  std::memcpy(static_cast<char*>(memory) + sizeof(rep), text.data(), text.size());
}

void shared_text::free_rep(rep* r) noexcept {
  r->~rep();
  ::operator delete(r);
}

}  // namespace waggle::base
