// One worker's access log: records in use, finished lines in a fixed block, handed on when the block fills or a moment has
// passed. Nothing here waits, locks or formats unless the log is on.
#pragma once

#include "access/connection_record.hpp"
#include "access/layout.hpp"
#include "access/line.hpp"
#include "access/record.hpp"
#include "access/writers.hpp"
#include "http1/head.hpp"
#include "io/loop.hpp"

#include <waggle/http/message.hpp>
#include <waggle/proxy/access_log.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy::access {

class log {
 public:
  static constexpr std::size_t block_size = 256 * 1024, longest_line = 120 * 1024;
  static constexpr io::time_ms patience = 100;  ///< a line waits no longer than this

  log(const access_log_options& options, access_sink& sink, io::loop& loop, unsigned worker, unsigned workers);

  /// A request as it was received, lawful or not.
  struct received {
    std::string_view method, target;
    unsigned minor = 1;  ///< of HTTP/1
    http::field_span fields;
    bool trusted = false;  ///< the peer may say who the client is
  };
  /// A record of it; finish() or drop() must follow.
  record* begin(const received& request);
  /// A server's turn begins.
  void note_asked(record& r) const {
    r.was_asked = true;
    r.asked = moment();
  }
  /// The server's head, and the one that the client gets (as bytes).
  void note_origin(record& r, const http::answer& head);
  void note_downstream(record& r, std::string_view head);
  /// Writes the line, unless a filter says no, and takes the record back.
  void finish(record* r) noexcept;
  /// A connection below HTTP begins. Without finish() there is no line of it.
  std::unique_ptr<connection_record> begin_connection();
  /// Writes its line, unless a filter says no.
  void finish(const connection_record& r) noexcept;
  /// Takes the record back as if there had been no request.
  void drop(record* r) noexcept;
  void flush() noexcept;

 private:
  bool wanted(const record& r, base::mono_time now) const noexcept;
  bool wanted(const connection_record& r, base::mono_time now) const noexcept;
  std::int64_t wall_at(base::mono_time t) noexcept;
  template <class Record>
  void write(const Record& r);
  /// The common format tells milliseconds: the loop's clock will do, and costs nothing.
  base::mono_time moment() const noexcept {
    return layout_.options.format == access_format::common ? base::mono_time{std::chrono::milliseconds{loop_.now()}} : base::now();
  }
  enum class head_kind : std::uint8_t { request, origin, downstream };
  /// A name with what tells it from others quickly: its ends, which are the whole of it up to 16 bytes.
  struct short_name {
    std::uint64_t first = 0, last = 0;
    std::size_t size = 0;
    explicit short_name(std::string_view name) noexcept;
    short_name() noexcept = default;
    bool operator==(const short_name&) const = default;
  };
  /// What a field of one name becomes: asked for again with each request.
  struct known_name {
    short_name ends;
    std::string name;    ///< as it was sent
    std::string member;  ///< `"request_User-Agent":"`; empty: dropped
    head_kind kind{};
    bool redacted = false;
  };
  void add_field(growing_text& to, head_kind kind, const http::field& f);
  const known_name& look_up(head_kind kind, std::string_view name);

  /// The wall clock is read this often.
  static constexpr std::chrono::milliseconds wall_again{50};
  base::mono_time wall_read_{};
  std::int64_t wall_ahead_ = 0;

  const layout layout_;
  access_sink& sink_;
  io::loop& loop_;
  const unsigned worker_, workers_;
  writer_memory memory_;
  std::array<known_name, 256> names_;  // by a hash of kind and name; the last one that came holds the place
  std::uint64_t requests_ = 0;
  static constexpr std::size_t most_kept = 64;  ///< records for later: each may have grown to the size of three heads
  std::vector<std::unique_ptr<record>> free_;
  std::unique_ptr<char[]> block_{new char[block_size]};
  std::size_t used_ = 0, lines_ = 0;
  struct flush_timer final : io::timer {
    explicit flush_timer(log& l) noexcept : timer([](io::timer& t) { static_cast<flush_timer&>(t).owner.flush(); }), owner(l) {}
    log& owner;
  } timer_{*this};
};

}  // namespace waggle::proxy::access
