#include "http1/encoding.hpp"

#include <waggle/http/field.hpp>

#include <algorithm>
#include <cstdint>

namespace waggle::proxy::http1 {
namespace {

std::string_view trim(std::string_view s) noexcept { return http::trim_ows(s); }

/// qvalue > 0 (RFC 9110 section 12.4.2); what is none counts as a refusal.
bool is_positive_weight(std::string_view q) noexcept {
  if (q.empty() || (q[0] != '0' && q[0] != '1') || q.size() > 5 || (q.size() > 1 && q[1] != '.')) return false;
  const std::string_view rest = q.substr(std::min<std::size_t>(q.size(), 2));
  if (!std::all_of(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
  return q[0] == '1' || rest.find_first_not_of('0') != std::string_view::npos;
}

bool starts_with(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && http::iequals(text.substr(0, prefix.size()), prefix);
}

/// Types that are compressed in themselves. Event streams pass untouched: what they say is small and must come at once.
bool is_pointless(std::string_view type) noexcept {
  constexpr std::string_view families[] = {"video/",
                                           "audio/",
                                           "font/woff",
                                           "text/event-stream",
                                           "application/grpc",
                                           "application/zip",
                                           "application/gzip",
                                           "application/x-gzip",
                                           "application/zstd",
                                           "application/x-7z-compressed",
                                           "application/x-rar-compressed",
                                           "application/x-xz",
                                           "application/x-bzip2"};
  for (const std::string_view f : families)
    if (starts_with(type, f)) return true;
  return starts_with(type, "image/") && !starts_with(type, "image/svg") && !starts_with(type, "image/bmp") && !starts_with(type, "image/x-icon");
}

}  // namespace

bool accepts_gzip(const field_list& request) noexcept {
  bool yes = false;
  for (const http::field& f : request.all()) {
    if (!http::iequals(f.name, "Accept-Encoding")) continue;
    http::for_each_member(f.value, [&](std::string_view member) {
      const std::size_t semicolon = member.find(';');
      if (!http::iequals(trim(member.substr(0, semicolon)), "gzip")) return;
      yes = true;
      if (semicolon == std::string_view::npos) return;
      const std::string_view weight = trim(member.substr(semicolon + 1));
      yes = starts_with(weight, "q=") && is_positive_weight(trim(weight.substr(2)));
    });
  }
  return yes;
}

bool is_grpc(const field_list& request) noexcept {
  for (const http::field& f : request.all())
    if (http::iequals(f.name, "Content-Type") && starts_with(f.value, "application/grpc")) return true;
  return false;
}

bool may_compress(const response_head& answer, const framing& body, std::string_view here) noexcept {
  if (body.kind == body_kind::none || (body.kind == body_kind::length && body.length < least_compressed)) return false;
  if (body.kind == body_kind::chunked && here.size() < least_compressed && here.ends_with("\r\n0\r\n\r\n")) return false;
  if (answer.status == 206) return false;  // a range of the bytes as they are
  bool may = true;
  for (const http::field& f : answer.fields.all()) {
    if (http::iequals(f.name, "Content-Encoding") || http::iequals(f.name, "Content-Range")) may = false;
    else if (http::iequals(f.name, "Content-Type")) may = may && !is_pointless(f.value);
    else if (http::iequals(f.name, "Cache-Control"))
      http::for_each_member(f.value, [&](std::string_view m) { may = may && !http::iequals(m, "no-transform"); });  // RFC 9111 section 5.2.2.6
  }
  return may;
}

bool describes_compressed(const response_head& answer, bool identity) noexcept {
  if (answer.status == 204 || (answer.status == 304 && identity)) return false;
  framing body{body_kind::chunked, 0};  // without a length: one that is not known yet
  for (std::size_t i = 0; i < answer.fields.size(); ++i)
    if (std::uint64_t n = 0; answer.fields.id(i) == field_id::content_length && parse_content_length(answer.fields[i].value, n))
      body = {body_kind::length, n};
  if (answer.status == 304 && body.kind == body_kind::length && body.length == 0) body.kind = body_kind::chunked;  // its own, wrongly
  return may_compress(answer, body, {});
}

bool asks_for_identity(const field_list& request) noexcept {
  bool strong = false, other = false;
  for (const http::field& f : request.all())
    if (http::iequals(f.name, "If-None-Match"))
      http::for_each_member(f.value, [&](std::string_view m) { (m.starts_with('"') ? strong : other) = true; });
  return strong && !other;
}

bool is_of_identity(std::string_view name) noexcept {
  constexpr std::string_view names[] = {"Accept-Ranges", "Content-MD5", "Digest", "Repr-Digest", "Content-Digest"};
  return std::any_of(std::begin(names), std::end(names), [&](std::string_view n) { return http::iequals(n, name); });
}

bool varies_by_encoding(const field_list& answer) noexcept {
  bool yes = false;
  for (const http::field& f : answer.all())
    if (http::iequals(f.name, "Vary"))
      http::for_each_member(f.value, [&](std::string_view m) { yes = yes || m == "*" || http::iequals(m, "Accept-Encoding"); });
  return yes;
}

}  // namespace waggle::proxy::http1
