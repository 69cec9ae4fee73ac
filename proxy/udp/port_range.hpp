// Ports for sockets to servers: UDP has one range of them for all servers, over all workers.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace waggle::proxy::udp {

/// How many ports the kernel gives out by itself (ip(7): ip_local_port_range); its usual number where that cannot be read.
std::size_t local_ports(const std::string& file = "/proc/sys/net/ipv4/ip_local_port_range");

/// Of the process. Thread: any.
class port_range {
 public:
  explicit port_range(std::size_t ports) noexcept : scarce_from_(ports - ports / 10) {}
  /// Nine tenths are taken: the kernel looks longer and longer for a free one, and others of this network namespace need some.
  bool is_scarce() const noexcept { return taken_.load(std::memory_order_relaxed) >= scarce_from_; }
  std::size_t taken() const noexcept { return taken_.load(std::memory_order_relaxed); }

  /// One port. Move only.
  class lease {
   public:
    lease() noexcept = default;
    explicit lease(port_range& of) noexcept : of_(&of) { of.taken_.fetch_add(1, std::memory_order_relaxed); }
    lease(lease&& o) noexcept : of_(std::exchange(o.of_, nullptr)) {}
    lease& operator=(lease&& o) noexcept {
      std::swap(of_, o.of_);
      return *this;
    }
    ~lease() {
      if (of_) of_->taken_.fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    port_range* of_ = nullptr;  ///< the process's: outlives it
  };

 private:
  std::size_t scarce_from_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace waggle::proxy::udp
