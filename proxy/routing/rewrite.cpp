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

/// A path on its way through a rule's modifiers, in Traefik 1.7's order: as it is sent, and as it is matched.
class rewriting {
 public:
  rewriting(const match::rewrite& how, std::string_view path, std::string_view decoded) : how_(how), raw_(path), plain_(decoded) {}

  /// @return false: there is nothing to strip, though the rule says so.
  bool strip() { return strip_template() && strip_prefix(); }
  void add_prefix();
  void replace();
  /// What is left of the client's own bytes goes on as it came (http1::target), the rest was encoded.
  rewritten take() {
    out_.path = std::move(raw_);
    return std::move(out_);
  }

 private:
  bool strip_template();
  bool strip_prefix();
  void strip(std::string_view prefix, std::string_view shown);
  void replace_by(std::string next);

  const match::rewrite& how_;
  rewritten out_;
  std::string raw_, plain_;
};

void rewriting::strip(std::string_view prefix, std::string_view shown) {
  plain_.erase(0, prefix.size());
  out_.cut_segment = out_.cut_segment || http1::cuts_segment(prefix, plain_);
  // The client's encoding is kept where the raw path begins with the same text.
  if (raw_.starts_with(prefix)) raw_.erase(0, prefix.size());
  // "/foo%2Fbar" without "/foo" is "/bar" (Traefik 1.7): an escaped slash right behind the prefix is the slash that the
  // rest needs, unless a dot segment would come of it.
  if (begins_with_slash_escape(plain_) && begins_with_slash_escape(raw_) && !has_dot_segment("/" + plain_.substr(3))) {
    plain_.replace(0, 3, "/");
    raw_.replace(0, 3, "/");
  }
  ensure_slash(plain_);
  ensure_slash(raw_);
  if (decode_path(raw_) != plain_) {
    raw_.clear();
    append_encoded_path(raw_, plain_);
  }
  out_.fields.emplace_back("X-Forwarded-Prefix", field_value(shown));
}

bool rewriting::strip_template() {
  if (how_.strip_templates.empty()) return true;
  for (const auto& re : how_.strip_templates) {
    re2::StringPiece hit;
    if (!re->Match(plain_, 0, plain_.size(), re2::RE2::ANCHOR_START, &hit, 1)) continue;
    const std::string matched(hit.data(), hit.size());
    strip(matched, matched);
    return true;
  }
  return false;
}

bool rewriting::strip_prefix() {
  if (how_.strip_prefixes.empty()) return true;
  for (const std::string& prefix : how_.strip_prefixes) {
    if (!plain_.starts_with(prefix)) continue;
    strip(prefix, prefix);
    return true;
  }
  return false;
}

void rewriting::add_prefix() {
  if (how_.add_prefix.empty()) return;
  if (how_.add_prefix.starts_with('/')) {
    raw_.insert(0, label_path(how_.add_prefix));
    plain_.insert(0, how_.add_prefix);
  } else {
    raw_ = plain_ = "/";  // no path comes of it (Traefik 1.7 sends "/")
  }
}

void rewriting::replace_by(std::string next) {
  out_.fields.emplace_back("X-Replaced-Path", field_value(plain_));
  plain_ = std::move(next);
  ensure_slash(plain_);
  raw_.clear();
  append_encoded_path(raw_, plain_);
}

/// The replacing forms see and lose the client's encoding (Traefik 1.7), but an escaped slash must not make a dot segment.
void rewriting::replace() {
  if (!how_.replace_regex && how_.replace_path.empty()) return;
  if (std::string whole = with_slashes(plain_); !has_dot_segment(whole)) plain_ = std::move(whole);
  if (how_.replace_regex && match::contains_match(*how_.replace_regex, plain_)) {
    std::optional<std::string> next = match::replace_matches(*how_.replace_regex, plain_, how_.replacement, longest_path);
    out_.too_much = !next;
    if (next) replace_by(std::move(*next));
  }
  if (!how_.replace_path.empty()) replace_by(how_.replace_path);
}

}  // namespace

std::optional<rewritten> apply_rewrite(const match::rewrite& how, std::string_view path, std::string_view decoded) {
  rewriting r(how, path, decoded);
  if (!r.strip()) return std::nullopt;
  r.add_prefix();
  r.replace();
  return r.take();
}

}  // namespace waggle::proxy
