#include <waggle/http/encoding.hpp>
#include <waggle/http/field_value.hpp>

#include <algorithm>
#include <cstdint>

namespace waggle::http {
namespace {

std::string_view trim(std::string_view s) noexcept { return trim_ows(s); }

/// qvalue > 0 (RFC 9110 section 12.4.2); what is none counts as a refusal.
bool is_positive_weight(std::string_view q) noexcept {
  if (q.empty() || (q[0] != '0' && q[0] != '1') || q.size() > 5 || (q.size() > 1 && q[1] != '.')) return false;
  const std::string_view rest = q.substr(std::min<std::size_t>(q.size(), 2));
  if (!std::all_of(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
  return q[0] == '1' || rest.find_first_not_of('0') != std::string_view::npos;
}

bool starts_with(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && iequals(text.substr(0, prefix.size()), prefix);
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

bool accepts_gzip(field_span request) noexcept {
  bool yes = false;
  for (const field& f : request) {
    if (!iequals(f.name, "Accept-Encoding")) continue;
    for_each_member(f.value, [&](std::string_view member) {
      const std::size_t semicolon = member.find(';');
      if (!iequals(trim(member.substr(0, semicolon)), "gzip")) return;
      yes = true;
      if (semicolon == std::string_view::npos) return;
      const std::string_view weight = trim(member.substr(semicolon + 1));
      yes = starts_with(weight, "q=") && is_positive_weight(trim(weight.substr(2)));
    });
  }
  return yes;
}

bool is_grpc(field_span request) noexcept {
  for (const field& f : request)
    if (iequals(f.name, "Content-Type") && starts_with(f.value, "application/grpc")) return true;
  return false;
}

bool may_compress(unsigned status, field_span answer) noexcept {
  if (status == 206) return false;  // a range of the bytes as they are
  bool may = true;
  for (const field& f : answer) {
    if (iequals(f.name, "Content-Encoding") || iequals(f.name, "Content-Range")) may = false;
    else if (iequals(f.name, "Content-Type")) may = may && !is_pointless(f.value);
    else if (iequals(f.name, "Cache-Control"))
      for_each_member(f.value, [&](std::string_view m) { may = may && !iequals(m, "no-transform"); });  // RFC 9111 section 5.2.2.6
  }
  return may;
}

bool describes_compressed(unsigned status, field_span answer, bool identity) noexcept {
  if (status == 204 || (status == 304 && identity)) return false;
  bool worth_it = true;  // without a length: one that is not known yet
  for (const field& f : answer)
    if (std::uint64_t n = 0; f.id == field_id::content_length && parse_content_length(f.value, n))
      worth_it = n >= least_compressed || (status == 304 && n == 0);  // its own, wrongly
  return worth_it && may_compress(status, answer);
}

bool asks_for_identity(field_span request) noexcept {
  bool strong = false, other = false;
  for (const field& f : request)
    if (iequals(f.name, "If-None-Match")) for_each_member(f.value, [&](std::string_view m) { (m.starts_with('"') ? strong : other) = true; });
  return strong && !other;
}

bool is_of_identity(std::string_view name) noexcept {
  constexpr std::string_view names[] = {"Accept-Ranges", "Content-MD5", "Digest", "Repr-Digest", "Content-Digest"};
  return std::any_of(std::begin(names), std::end(names), [&](std::string_view n) { return iequals(n, name); });
}

bool varies_by_encoding(field_span answer) noexcept {
  bool yes = false;
  for (const field& f : answer)
    if (iequals(f.name, "Vary")) for_each_member(f.value, [&](std::string_view m) { yes = yes || m == "*" || iequals(m, "Accept-Encoding"); });
  return yes;
}

}  // namespace waggle::http
