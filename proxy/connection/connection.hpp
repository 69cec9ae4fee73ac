// One HTTP/1 connection of a client: reads heads, runs exchanges one after the other, ends. What is between two exchanges is here; the
// rest is theirs (exchange/exchange.hpp).
#pragma once

#include "decision/reuse.hpp"
#include "exchange/exchange.hpp"
#include "http1/head.hpp"
#include "io/address.hpp"
#include "io/buffer_pool.hpp"
#include "io/descriptor.hpp"
#include "io/stream.hpp"
#include "io/task.hpp"
#include "stream/client_facts.hpp"
#include "worker/client_connection.hpp"
#include "worker/worker.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace waggle::proxy {

class connection final : public client_connection {
 public:
  /// One that runs until the client's connection ends, and deletes itself through the worker (begin_connection).
  static void begin(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer) noexcept;
  ~connection() override;
  void abort() override;
  void shorten_idle(io::time_ms idle_until) override;
  void evict() override;
  void give_back_pipes() override;

 private:
  /// While it is there, aborts and evictions reach who waits.
  struct waiting_here {
    connection& of;
    waiting_here(connection& c, io::waiter& w) noexcept : of(c) { of.waits_ = &w; }
    ~waiting_here() { of.waits_ = nullptr; }
    waiting_here(const waiting_here&) = delete;
  };
  /// Whatever is waited for ends now. What waits runs at once: nothing that it may end is used afterwards.
  void interrupt() { (waits_ ? *waits_ : waiter_).interrupt(); }

  /// The client's connection, which tells the exchange in progress of the client's end.
  struct own_stream final : io::stream {
    explicit own_stream(connection& c) noexcept;
    connection& of;
  };

  connection(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer);
  io::task<void> run();
  io::waiter::wait_awaiter begin_idle() noexcept;
  void end_idle() noexcept;
  void end_spare() noexcept;
  /// One exchange. @return nothing: the head came in part only, unless head_ended says that no more will come.
  io::task<std::optional<client_fate>> serve(bool head_ended);
  /// Bytes that may be a head: received now, or before. @return nothing: why is in `instead`.
  std::string_view read_bytes(client_fate& instead);
  bool is_between_requests(std::string_view bytes, const http1::parse_result& parsed) noexcept;
  io::task<client_fate> refuse(unsigned status, std::string_view why);
  void keep_rest(std::string_view bytes, std::size_t used);
  // read_head.cpp
  struct half_head;
  io::task<bool> read_rest_of_head();
  /// PROXY protocol, where the entry point trusts this peer. @return false: end the connection.
  io::task<bool> read_proxy_header();
  void set_peer(const io::socket_address& peer);
  // linger.cpp
  io::task<void> linger();

  const timeouts& times() const noexcept { return w_.entries[facts_.entry].timeouts; }
  /// When what is to be asked is late. Who comes during a drain is asked for no haste: nobody waits for its end.
  io::time_ms ask_until(std::chrono::milliseconds limit) const noexcept;

  worker& w_;
  own_stream client_;
  io::waiter waiter_;  ///< between exchanges
  client_facts facts_;
  io::waiter* waits_ = nullptr;   ///< … within an exchange, or while a head is refused; null: neither
  exchange* current_ = nullptr;   ///< in serve()
  io::buffer in_;                 ///< received and not used yet: a partial head, the next request, a body that has to wait
  std::uint8_t empty_lines_ = 0;  ///< reads since the last request that brought nothing else
  io::time_ms head_due_ = 0;      ///< of a head or PROXY header that has come in part; 0: there is none
  bool idle_ = false;
  bool spared_ = false;  ///< a health check of this machine that has not asked yet: it gives way to nobody
};

}  // namespace waggle::proxy
