// What one worker counts for one entry point or backend: answers by status, method and protocol with how long they took, and
// what is open now. Plain numbers: only the worker's thread touches them, others get copies (server::read_figures).
#pragma once

#include "io/lease.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::proxy {

/// Methods by number; what is not listed counts as the last one, so that clients cannot make series (Traefik 1.7's words).
inline constexpr std::array<std::string_view, 10> method_names = {"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
                                                                  "CONNECT", "OPTIONS", "TRACE", "PATCH", "EXTENSION_METHOD"};
inline constexpr std::array<std::string_view, 3> protocol_names = {"http", "websocket", "sse"};

inline std::uint8_t method_number(std::string_view method) noexcept {
  std::uint8_t i = 0;
  while (i + 1u < method_names.size() && method_names[i] != method) ++i;
  return i;
}

/// What kind of request it was: indexes of the two lists above.
struct traffic_kind {
  std::uint8_t method = 0, protocol = 0;
};

struct traffic {
  struct series {
    std::uint16_t status = 0;
    traffic_kind kind;
    std::uint64_t count = 0, took_ms = 0;
    std::size_t cells = 0;  ///< where its histogram begins in `cells`
  };
  std::vector<series> all;
  std::vector<std::uint64_t> cells;  ///< answers by duration: bounds.size() + 1 for each series, not summed up
  std::array<std::array<std::uint32_t, protocol_names.size()>, method_names.size()> open{};
  std::uint64_t retries = 0, longest_stream_ms = 0;

  void begin(traffic_kind k) noexcept { ++open[k.method][k.protocol]; }
  void end(traffic_kind k) noexcept { --open[k.method][k.protocol]; }
  /// @param bounds_ms  upper bounds of the histogram, ascending.
  void note(unsigned status, traffic_kind k, std::uint64_t took_ms, const std::vector<std::uint32_t>& bounds_ms) {
    series& s = of(status, k, bounds_ms.size() + 1);
    ++s.count;
    s.took_ms += took_ms;
    std::size_t i = 0;
    while (i < bounds_ms.size() && took_ms > bounds_ms[i]) ++i;
    ++cells[s.cells + i];
    if (k.protocol != 0 && took_ms > longest_stream_ms) longest_stream_ms = took_ms;
  }

 private:
  series& of(unsigned status, traffic_kind k, std::size_t cell_count) {
    for (series& s : all)
      if (s.status == status && s.kind.method == k.method && s.kind.protocol == k.protocol) return s;
    series fresh;
    fresh.status = static_cast<std::uint16_t>(status);
    fresh.kind = k;
    fresh.cells = cells.size();
    cells.resize(cells.size() + cell_count);
    return all.emplace_back(fresh);
  }
};

/// A request in progress, counted as open by its kind until it ends.
class open_request {
 public:
  open_request() noexcept = default;
  open_request(traffic& of, traffic_kind kind) noexcept : of_(&of), kind_(kind) { of.begin(kind); }
  open_request(open_request&& o) noexcept : of_(std::exchange(o.of_, nullptr)), kind_(o.kind_) {}
  open_request& operator=(open_request&& o) noexcept {
    end();
    of_ = std::exchange(o.of_, nullptr);
    kind_ = o.kind_;
    return *this;
  }
  ~open_request() { end(); }
  /// It has turned out to be of another kind.
  void become(traffic_kind kind) noexcept {
    if (!of_) return;
    of_->end(kind_);
    kind_ = kind;
    of_->begin(kind_);
  }
  void end() noexcept {
    if (traffic* const of = std::exchange(of_, nullptr)) of->end(kind_);
  }

 private:
  traffic* of_ = nullptr;
  traffic_kind kind_;
};

/// A backend's, found by its dense number. Kept by exchanges that began on it when its backend departs.
struct backend_traffic : traffic {
  explicit backend_traffic(std::string n) : name(std::move(n)) {}
  std::string name;
  void retain() noexcept { ++users_; }
  void release() noexcept {
    if (--users_ == 0) delete this;
  }
  /// Exchanges in progress, while the worker has it.
  std::uint32_t in_use() const noexcept { return users_ - 1; }

 private:
  ~backend_traffic() = default;  // by its last user
  std::uint32_t users_ = 0;      // the worker, and each exchange in progress
};

/// An exchange's part in it: open from its making to its end.
class traffic_lease {
 public:
  traffic_lease() noexcept = default;
  traffic_lease(backend_traffic* of, traffic_kind kind) noexcept : of_(of) {
    if (of) open_ = open_request(*of, kind);
  }
  traffic_lease(traffic_lease&& o) noexcept = default;
  traffic_lease& operator=(traffic_lease&& o) noexcept {
    open_ = std::move(o.open_);  // before what it counts in may go
    of_ = std::move(o.of_);
    return *this;
  }
  void reset() noexcept {
    open_.end();
    of_.reset();
  }
  backend_traffic* operator->() const noexcept { return of_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(of_); }

 private:
  io::lease<backend_traffic> of_;
  open_request open_;
};

}  // namespace waggle::proxy
