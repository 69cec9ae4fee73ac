// Who may ask at an entry point that somebody else in this process serves (the API): its white list, then its auth, by the same
// code as for frontends. It answers nothing itself.
#pragma once

#include <waggle/base/log.hpp>
#include <waggle/base/result.hpp>
#include <waggle/proxy/options.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace waggle::proxy {

/// What to answer instead of what was asked for.
struct refusal {
  unsigned status = 403;
  std::string fields;  ///< complete lines of the head, CRLF each
  std::string body;
};

class admission {
 public:
  /// @return why white list or auth of that entry point cannot be given: a lock that cannot be made must not become an open door.
  static base::explained_result<std::unique_ptr<admission>> make(const entry_point& e, const options& opts, base::logger& log);
  ~admission();
  admission(const admission&) = delete;
  admission& operator=(const admission&) = delete;

  /// false: whoever comes may ask; ask() need not be called.
  bool guards() const noexcept;

  using handler = std::function<void(std::optional<refusal>)>;
  /// @param head  the request's head as it was received. @param peer  address without port.
  /// @param done  called exactly once: within the call where that is quick, else on a thread of its own (a password hash takes
  /// tens of milliseconds); it must hand over, not work. Thread: any.
  void ask(const std::string& head, const std::string& peer, std::uint16_t peer_port, handler done) const;

 private:
  struct impl;
  explicit admission(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

}  // namespace waggle::proxy
