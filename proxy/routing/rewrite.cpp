#include "routing/rewrite.hpp"

#include "http1/ambiguous.hpp"
#include "http1/chars.hpp"
#include "http1/target.hpp"

#include <waggle/match/regex.hpp>

#include <re2/re2.h>

namespace waggle::proxy {
namespace {

using http1::append_encoded_path;
using http1::decode_path;

constexpr std::size_t longest_path = 64 * 1024;

void ensure_slash(std::string& path) {
  if (!path.starts_with('/')) path.insert(path.begin(), '/');
}

std::string with_slashes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && text[i + 1] == '2' && (text[i + 2] | 0x20) == 'f') {
      out += '/';
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool begins_with_slash_escape(std::string_view s) { return s.size() >= 3 && s[0] == '%' && s[1] == '2' && (s[2] | 0x20) == 'f'; }

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    const std::string_view segment = path.substr(0, end);
    if (segment == "." || segment == "..") return true;
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  return false;
}

/// A path out of a label: it may hold anything, so what is neither a path byte nor a whole escape is encoded.
std::string label_path(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool whole_escape = text[i] == '%' && i + 2 < text.size() && http1::is(text[i + 1], http1::hex) && http1::is(text[i + 2], http1::hex);
    if (whole_escape || http1::is(text[i], http1::path_char)) out += text[i];
    else if (text[i] == '%') out += "%25";
    else append_encoded_path(out, text.substr(i, 1));
  }
  return out;
}

/// A value for a header field made from request bytes: control characters could split the head, so they are encoded.
std::string field_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (http1::is(c, http1::value_char)) out += c;
    else append_encoded_path(out, std::string_view(&c, 1));
  }
  return out;
}

}  // namespace

std::optional<rewritten> apply_rewrite(const match::rewrite& how, std::string_view path, std::string_view decoded) {
  rewritten out;
  std::string raw(path), plain(decoded);
  const auto strip = [&](std::string_view prefix, std::string_view shown) {
    plain.erase(0, prefix.size());
    out.cut_segment = out.cut_segment || http1::cuts_segment(prefix, plain);
    // The client's encoding is kept where the raw path begins with the same text.
    if (raw.starts_with(prefix)) raw.erase(0, prefix.size());
    // "/foo%2Fbar" without "/foo" is "/bar" (Traefik 1.7): an escaped slash right behind the prefix is the slash that the
    // rest needs, unless a dot segment would come of it.
    if (begins_with_slash_escape(plain) && begins_with_slash_escape(raw) && !has_dot_segment("/" + plain.substr(3))) {
      plain.replace(0, 3, "/");
      raw.replace(0, 3, "/");
    }
    ensure_slash(plain);
    ensure_slash(raw);
    if (decode_path(raw) != plain) {
      raw.clear();
      append_encoded_path(raw, plain);
    }
    out.fields.emplace_back("X-Forwarded-Prefix", field_value(shown));
  };

  if (!how.strip_templates.empty()) {
    bool done = false;
    for (const auto& re : how.strip_templates) {
      re2::StringPiece hit;
      if (!re->Match(plain, 0, plain.size(), re2::RE2::ANCHOR_START, &hit, 1)) continue;
      const std::string matched(hit.data(), hit.size());
      strip(matched, matched);
      done = true;
      break;
    }
    if (!done) return std::nullopt;
  }
  if (!how.strip_prefixes.empty()) {
    bool done = false;
    for (const std::string& prefix : how.strip_prefixes) {
      if (!plain.starts_with(prefix)) continue;
      strip(prefix, prefix);
      done = true;
      break;
    }
    if (!done) return std::nullopt;
  }
  if (!how.add_prefix.empty()) {
    if (how.add_prefix.starts_with('/')) {
      raw.insert(0, label_path(how.add_prefix));
      plain.insert(0, how.add_prefix);
    } else {
      raw = plain = "/";  // no path comes of it (Traefik 1.7 sends "/")
    }
  }
  // The replacing forms see and lose the client's encoding (Traefik 1.7), but an escaped slash must not make a dot segment.
  if (how.replace_regex || !how.replace_path.empty()) {
    if (std::string whole = with_slashes(plain); !has_dot_segment(whole)) plain = std::move(whole);
  }
  const auto replace = [&](std::string next) {
    out.fields.emplace_back("X-Replaced-Path", field_value(plain));
    plain = std::move(next);
    ensure_slash(plain);
    raw.clear();
    append_encoded_path(raw, plain);
  };
  if (how.replace_regex) {
    std::optional<std::string> next;
    if (match::contains_match(*how.replace_regex, plain)) {
      next = match::replace_matches(*how.replace_regex, plain, how.replacement, longest_path);
      out.too_much = !next;
    }
    if (next) replace(std::move(*next));
  }
  if (!how.replace_path.empty()) replace(how.replace_path);
  // What is left of the client's own bytes goes on as it came (http1::target), the rest was encoded above.
  out.path = std::move(raw);
  return out;
}

}  // namespace waggle::proxy
