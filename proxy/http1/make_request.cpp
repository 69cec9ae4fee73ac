#include "http1/make_request.hpp"

#include "http1/line_run.hpp"

#include <functional>

namespace waggle::proxy::http1 {
namespace {

bool is_within(std::string_view s, std::string_view bytes) noexcept {
  const std::less_equal<const char*> at_most;
  return at_most(bytes.data(), s.data()) && at_most(s.data() + s.size(), bytes.data() + bytes.size());
}

http::body_kind kind_of(const framing& body) noexcept {
  switch (body.kind) {
    case body_kind::length: return http::body_kind::sized;
    case body_kind::chunked: return http::body_kind::streamed;
    case body_kind::none:
    case body_kind::until_close: break;
  }
  return http::body_kind::none;
}

}  // namespace

std::size_t request_size(const request_head& head, const target& where, std::string_view bytes) noexcept {
  std::size_t size = bytes.size() + head.fields.size() * sizeof(http::field);
  for (const std::string_view s : {where.path, where.match})
    if (!is_within(s, bytes)) size += s.size();
  return size;
}

void make_request(const request_head& head, const request_facts& facts, const target& where, std::string_view bytes, http::arena& memory,
                  http::request& out) {
  out.fields.begin(memory, head.fields.size());
  const std::string_view kept = memory.keep(bytes);
  const auto moved = [to = kept.data(), from = bytes.data()](std::string_view s) noexcept {
    return std::string_view(to + (s.data() - from), s.size());
  };
  const auto moved_or_kept = [&](std::string_view s) { return is_within(s, bytes) ? moved(s) : memory.keep(s); };
  out.method = moved(head.method);
  out.target = moved(head.target);
  out.path = moved_or_kept(where.path);
  out.match_path = moved_or_kept(where.match);
  out.has_query = where.has_query;
  if (!where.query.empty()) out.query = moved(where.query);
  if (const std::string_view host = where.authority.empty() ? facts.host : where.authority; !host.empty()) out.authority = moved(host);
  if (!facts.upgrade.empty()) out.upgrade = moved(facts.upgrade);
  out.body = kind_of(facts.body);
  out.body_length = facts.body.length;
  out.expect_continue = facts.expect_continue;
  out.takes_trailers = facts.te_trailers;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    http::field f = head.fields[i];
    f.name = moved(f.name);
    f.value = moved(f.value);
    f.is_line = stands_as_line(f);
    http::add_received(out, f);
  }
}

}  // namespace waggle::proxy::http1
