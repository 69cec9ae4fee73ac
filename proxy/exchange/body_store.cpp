#include "exchange/body_store.hpp"

#include "decision/deadlines.hpp"
#include "worker/client_wait.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace waggle::proxy {
namespace {

constexpr io::time_ms disk_patience = 30'000;                  // then the disk counts as broken
constexpr io::time_ms room_patience = 3'000, room_look = 100;  // until somebody has given way, or is done

}  // namespace

io::spool::place body_store::place() const {
  // By the backend's name: a service whose table is replaced keeps its shares.
  return {w_.buffers, w_.spool_files, w_.spool_disk, owner(), w_.loop.own_bell()};
}

std::uint64_t body_store::longest(std::uint64_t by_label) const noexcept {
  const std::uint64_t most = by_label > 0 ? by_label : w_.opts.limits.spool_body_bytes;
  return std::min<std::uint64_t>(most, w_.spool_disk->share());
}

io::task<fault> body_store::written(io::spool& s) {
  const io::side_threads::ticket ticket = s.writing();
  if (ticket) {
    const io::time_ms due = w_.loop.now() + disk_patience;
    const bool done = co_await io::finished(w_.loop, client_.waiter(), client_.readiness(), ticket, due);
    if (!done) co_return w_.loop.now() >= due ? fault_kind::no_room : fault_kind::client_gone;
  }
  if (client_.is_aborted()) co_return fault_kind::client_gone;
  co_return s.has_failed() ? fault(fault_kind::no_room) : fault();
}

fault body_store::outcome_of(io::spool::outcome what, const char* whose) {
  if (what == io::spool::outcome::kept) return {};
  if (what == io::spool::outcome::no_room) w_.spool_disk->want(owner(), io::spool::block, w_.loop.now());
  complain(std::string("buffering: no place for ") + whose +
           (what == io::spool::outcome::failed ? " (is there a /tmp, and room in it?)" : " (--buffering.maxDiskBytes, of which a service has half)"));
  return fault_kind::no_room;
}

/// Who finds no room waits a while for one who gives way.
io::task<fault> body_store::keep(io::spool& in, std::string_view bytes) {
  io::spool::outcome got = in.append(bytes);
  const io::time_ms due = w_.loop.now() + room_patience;
  while (got == io::spool::outcome::no_room && w_.loop.now() < due) {
    w_.spool_disk->want(owner(), io::spool::block, w_.loop.now());
    co_await client_.wait(io::broken, w_.loop.now() + room_look);
    if (client_.gone()) co_return fault_kind::client_gone;
    got = in.again();
  }
  const fault full = outcome_of(got, "a request body");
  if (full || !in.is_behind()) co_return full;
  co_return co_await written(in);
}

bool body_store::gives_way(const io::spool* request, const io::spool* answer) {
  const bool on_disk = (request && request->on_disk()) || (answer && answer->on_disk());
  if (!on_disk || w_.loop.now() - client_.owner().since < disk_stall || !w_.spool_disk->claim(owner(), w_.loop.now())) return false;
  w_.count.gave_way(wait_kind::stalled).add();
  return true;
}

void body_store::complain(std::string text) {
  if (const std::optional<std::uint64_t> left_out = w_.servers.failures_of(*choice_.to).admit(w_.loop.now()))
    w_.log.error(std::move(text), {{"backend", choice_.to->name}, {"leftOut", std::to_string(*left_out)}});
}

io::task<fault> body_store::collect(std::uint64_t most, std::uint64_t memory, std::chrono::milliseconds limit, std::unique_ptr<io::spool>& into) {
  if (client_.is_body_read()) co_return fault();
  if (client_.is_body_sized() && client_.body_length() > most) co_return fault_kind::request_too_large;
  if (client_.is_body_held_back())
    if (const fault gone = co_await client_.await_continue()) co_return gone;
  into = std::make_unique<io::spool>(memory, place());
  client_.note_body_wanted();
  for (unsigned steps = 0; !client_.is_body_read();) {
    body_piece got;
    const step s = client_.read_body(got);
    if (s.stopped()) co_return s.why();
    if (s == progress::wait_read) {
      const io::time_ms due = due_after(client_.last_body_byte(), limit);
      const client_wait here(w_, client_.owner(), client_.body_bytes());
      if (gives_way(into.get(), nullptr)) co_return fault_kind::no_room;
      const bool ready = co_await client_.wait(io::readable | io::broken, std::min(due, next_look(into.get(), nullptr)));
      if (client_.ended_by_us()) co_return fault_kind::client_gone;
      if (!ready && w_.loop.now() >= due) co_return fault_kind::request_timeout;
      continue;
    }
    if (into->size() + got.size > most) co_return fault_kind::request_too_large;
    const std::string_view bytes(got.data, got.size);
    const fault full = co_await keep(*into, bytes);
    if (full) co_return full;
    if (++steps >= w_.loop.burst()) {  // a fast client must not have the worker to itself
      steps = 0;
      co_await w_.loop.yield();
      if (client_.is_aborted()) co_return fault_kind::client_gone;
    }
  }
  co_return co_await written(*into);
}

}  // namespace waggle::proxy
