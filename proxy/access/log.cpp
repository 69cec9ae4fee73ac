#include "access/log.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace waggle::proxy::access {
namespace {

constexpr std::size_t most_header_bytes = 16 * 1024;  // of one head, as JSON

constexpr std::size_t longest_name = 200;

void keep(std::string& to, field_mode mode, std::string_view value) {
  if (value.empty() || mode == field_mode::drop) return;
  to.assign(mode == field_mode::redact ? std::string_view("REDACTED") : value.substr(0, longest_value));
}

void assign(std::string& to, std::string_view value) { to.assign(value.substr(0, longest_value)); }

}  // namespace

log::log(const access_log_options& options, access_sink& sink, io::loop& loop, unsigned worker, unsigned workers)
    : layout_(options), sink_(sink), loop_(loop), worker_(worker), workers_(workers) {
  free_.reserve(most_kept);
}

log::short_name::short_name(std::string_view name) noexcept : size(name.size()) {
  const char* const end = name.data() + size;
  if (size >= 8) {
    std::memcpy(&first, name.data(), 8);
    std::memcpy(&last, end - 8, 8);
  } else if (size >= 4) {
    std::memcpy(&first, name.data(), 4);
    std::memcpy(&last, end - 4, 4);
  } else {
    for (const char c : name) first = first << 8U | static_cast<unsigned char>(c);
  }
}

const log::known_name& log::look_up(head_kind kind, std::string_view name) {
  // Its ends tell header names apart well enough; a collision costs making the member anew.
  const short_name ends(name);
  const std::uint64_t hash =
      (ends.first * 0x9E3779B97F4A7C15ULL ^ ends.last * 0xC2B2AE3D27D4EB4FULL ^ ends.size * 0x165667B19E3779F9ULL) + static_cast<std::uint64_t>(kind);
  known_name& known = names_[(hash * 0x9E3779B97F4A7C15ULL) >> 56U];
  if (known.kind == kind && known.ends == ends && (ends.size <= 16 || known.name == name)) return known;
  known.ends = ends;
  known.kind = kind;
  known.name = name;
  known.member.clear();
  const field_mode mode = layout_.header_mode(name);
  known.redacted = mode == field_mode::redact;
  if (mode == field_mode::drop || name.size() > longest_name) return known;
  known.member += '"';
  known.member += kind == head_kind::request ? "request_" : kind == head_kind::origin ? "origin_" : "downstream_";
  bool upper = true;  // as Go's textproto.CanonicalMIMEHeaderKey has it: "User-Agent"
  for (const char c : name) {
    const char l = http::to_lower(c);
    known.member += upper && l >= 'a' && l <= 'z' ? static_cast<char>(l - 32) : upper ? c : l;
    upper = c == '-';
  }
  known.member += "\":\"";
  return known;
}

/// "prefix_Canonical-Name":"value",
void log::add_field(growing_text& to, head_kind kind, const http::field& f) {
  const known_name& known = look_up(kind, f.name);
  if (known.member.empty()) return;
  const std::size_t before = to.size();
  const std::string_view value = known.redacted ? std::string_view("REDACTED") : f.value;
  char* at = to.room(known.member.size() + json_room(value) + 2);
  at = put_json(std::copy(known.member.begin(), known.member.end(), at), value);
  *at++ = '"';
  *at++ = ',';
  to.took(at);
  if (to.size() > most_header_bytes) to.cut(before);
}

/// The wall clock is read now and then; between, the monotonic one tells how far it has come.
std::int64_t log::wall_at(base::mono_time t) noexcept {
  if (t - wall_read_ > wall_again) {
    wall_read_ = t;
    wall_ahead_ = base::wall_nanoseconds() - t.time_since_epoch().count();
  }
  return t.time_since_epoch().count() + wall_ahead_;
}

record* log::begin(const received& request) {
  if (free_.empty()) free_.push_back(std::make_unique<record>());
  record* const r = free_.back().release();
  free_.pop_back();
  r->started = moment();
  r->started_wall = wall_at(r->started);
  assign(r->method, request.method);
  assign(r->target, request.target);
  r->minor = request.minor;
  if (request.trusted) assign(r->forwarded_for, http::first_value(request.fields, "X-Forwarded-For"));
  if (layout_.options.format == access_format::common) {
    keep(r->referer, layout_.referer, http::first_value(request.fields, "Referer"));
    keep(r->agent, layout_.agent, http::first_value(request.fields, "User-Agent"));
    return r;
  }
  assign(r->host, http::first_value(request.fields, "Host"));
  for (std::size_t i = 0; i < request.fields.size(); ++i) {
    const http::field& f = request.fields[i];
    if (http::iequals(f.name, "Host")) continue;  // Go keeps it apart: RequestAddr
    bool again = false;                           // a JSON member once; the first line counts, as in Traefik
    for (std::size_t k = 0; k < i && !again; ++k) again = http::iequals(request.fields[k].name, f.name);
    if (!again) add_field(r->request_fields, head_kind::request, f);
  }
  return r;
}

void log::note_origin(record& r, const http::answer& head) {
  r.origin_status = head.status;
  if (layout_.options.format == access_format::common) return;
  assign(r.origin_reason, head.reason);
  r.origin_fields.clear();
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    bool again = false;
    for (std::size_t k = 0; k < i && !again; ++k) again = http::iequals(head.fields[k].name, head.fields[i].name);
    if (!again) add_field(r.origin_fields, head_kind::origin, head.fields[i]);
  }
}

void log::note_downstream(record& r, std::string_view head) {
  if (layout_.options.format == access_format::common) return;
  r.downstream_fields.clear();
  std::array<std::string_view, http1::max_fields> seen;
  std::size_t count = 0;
  head.remove_prefix(std::min(head.size(), head.find('\n') + 1));
  while (!head.empty() && count < seen.size()) {
    const std::string_view text = head.substr(0, head.find('\r'));
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return;
    const std::string_view name = text.substr(0, colon);
    bool again = false;
    for (std::size_t k = 0; k < count && !again; ++k) again = http::iequals(seen[k], name);
    if (!again) {
      seen[count++] = name;
      add_field(r.downstream_fields, head_kind::downstream, {name, http::trim_ows(text.substr(colon + 1))});
    }
    const std::size_t end = head.find('\n', text.size());
    head = end == std::string_view::npos ? std::string_view{} : head.substr(end + 1);
  }
}

bool log::wanted(const record& r, base::mono_time now) const noexcept {
  const access_log_options& o = layout_.options;
  if (o.statuses.empty() && !o.retried && o.longer_than.count() == 0) return true;
  for (const auto& [first, last] : o.statuses)
    if (r.status >= first && r.status <= last) return true;
  if (o.retried && r.retries > 0) return true;
  return o.longer_than.count() > 0 && now - r.started > o.longer_than;
}

bool log::wanted(const connection_record& r, base::mono_time now) const noexcept {
  const access_log_options& o = layout_.options;
  if (o.statuses.empty() && !o.retried && o.longer_than.count() == 0) return true;
  return o.longer_than.count() > 0 && now - r.started > o.longer_than;
}

/// May throw: no memory for a time zone's rules.
template <class Record>
void log::write(const Record& r) {
  // Worker k of n numbers its requests k + 1, k + 1 + n, …: no number twice, and no counter that all of them write.
  const std::uint64_t number = requests_++ * workers_ + worker_ + 1;
  const base::mono_time now = moment();
  if (!wanted(r, now)) return;
  if (block_size - used_ < longest_line) flush();
  line out(block_.get() + used_, longest_line);
  if (layout_.options.format == access_format::common) write_common(out, layout_, memory_, r, number, now);
  else write_json(out, layout_, memory_, r, number, now);
  if (out.full()) return;  // the limits of its parts see to it that it is not
  used_ += out.size();
  if (lines_++ == 0) loop_.arm(timer_, loop_.now() + patience);
}

void log::finish(record* r) noexcept {
  try {
    write(*r);
  } catch (...) {  // a line less
  }
  drop(r);
}

std::unique_ptr<connection_record> log::begin_connection() {
  auto out = std::make_unique<connection_record>();
  out->started = moment();
  out->started_wall = wall_at(out->started);
  return out;
}

void log::finish(const connection_record& r) noexcept {
  try {
    write(r);
  } catch (...) {  // a line less
  }
}

void log::drop(record* r) noexcept {
  std::unique_ptr<record> back(r);
  if (free_.size() == most_kept) return;
  back->clear();
  free_.push_back(std::move(back));  // has room: see the constructor
}

void log::flush() noexcept {
  if (lines_ == 0) return;
  sink_.write({block_.get(), used_}, lines_);
  used_ = lines_ = 0;
}

}  // namespace waggle::proxy::access
