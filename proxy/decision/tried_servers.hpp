// Which servers of its backend a request has tried, by index. Pure.
#pragma once

#include <cstdint>

namespace waggle::proxy {

/// Servers beyond the 64th are not remembered: they may be asked twice.
class tried_servers {
 public:
  static constexpr int most = 64;

  constexpr bool has(int server) const noexcept { return server >= 0 && server < most && (bits_ >> server & 1) != 0; }
  /// @param server  -1: none.
  constexpr void mark(int server) noexcept {
    if (server >= 0 && server < most) bits_ |= std::uint64_t{1} << server;
  }
  /// The servers have other indexes now.
  /// @param index_now  of a server by its old index; -1: it left.
  template <class IndexNow>
  constexpr void renumber(IndexNow&& index_now) {
    tried_servers fresh;
    for (int i = 0; i < most; ++i)
      if (has(i)) fresh.mark(index_now(i));
    *this = fresh;
  }
  constexpr bool operator==(const tried_servers&) const noexcept = default;

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace waggle::proxy
