// The part of a connection or UDP session in its server: it counts as open there, over all workers, from the choice to the end. Move only.
#pragma once

#include "io/lease.hpp"
#include "upstream/endpoint.hpp"

#include <utility>

namespace waggle::proxy::upstream {

class server_lease {
 public:
  server_lease() noexcept = default;
  /// @param e  has its layer4 state.
  explicit server_lease(endpoint& e) noexcept : of_(&e) { e.layer4->counts.opened(); }
  server_lease(server_lease&& o) noexcept : of_(std::move(o.of_)), half_(std::exchange(o.half_, false)) {}
  server_lease& operator=(server_lease&& o) noexcept {
    end();
    of_ = std::move(o.of_);
    half_ = std::exchange(o.half_, false);
    return *this;
  }
  ~server_lease() { end(); }

  /// One direction has ended.
  void half_close() noexcept {
    if (of_ && !std::exchange(half_, true)) of_->layer4->counts.half_closed();
  }
  bool is_half_closed() const noexcept { return half_; }
  void end() noexcept {
    if (!of_) return;
    if (half_) of_->layer4->counts.closed_inactive();
    else of_->layer4->counts.closed();
    of_.reset();
    half_ = false;
  }
  endpoint& operator*() const noexcept { return *of_; }
  endpoint* operator->() const noexcept { return of_.get(); }
  endpoint* get() const noexcept { return of_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(of_); }

 private:
  io::lease<endpoint> of_;
  bool half_ = false;
};

}  // namespace waggle::proxy::upstream
