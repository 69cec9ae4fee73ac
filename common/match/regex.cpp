#include <waggle/match/regex.hpp>

#include <re2/re2.h>

#include <ctime>

#include <algorithm>
#include <cstdint>

namespace waggle::match {
namespace {

re2::StringPiece piece(std::string_view s) noexcept { return {s.data(), s.size()}; }

/// One match costs what its text is long; all of them together may cost its square ("a(.*b)?" looks for the b from each a on).
constexpr std::int64_t most_cpu_ns = 2'000'000;
constexpr std::size_t look_every = 16 * 1024;  ///< bytes that may have been read

std::int64_t cpu_ns() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

std::size_t rewritten_size(std::string_view replacement, const re2::StringPiece* groups, int count) noexcept {
  std::size_t size = 0;
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    if (replacement[i] != '\\' || i + 1 == replacement.size()) {
      ++size;
      continue;
    }
    const int group = replacement[++i] - '0';
    size += group < 0 || group > 9 ? 1 : group < count ? groups[group].size() : 0;
  }
  return size;
}

}  // namespace

base::text_result<std::shared_ptr<const re2::RE2>> compile_regex(std::string_view pattern, bool ignore_case) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);  // a hostile label must not buy memory: RE2 refuses what would need more
  options.set_case_sensitive(!ignore_case);
  auto re = std::make_shared<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!re->ok()) return base::text_error{re->error()};
  return re;
}

std::string to_re2_replacement(std::string_view go, const re2::RE2& re) {
  const auto word = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  std::string out;
  for (std::size_t i = 0; i < go.size(); ++i) {
    if (go[i] == '\\') {
      out += "\\\\";
      continue;
    }
    if (go[i] != '$' || i + 1 == go.size()) {
      out += go[i];
      continue;
    }
    if (go[i + 1] == '$') {
      out += '$';
      ++i;
      continue;
    }
    const bool braces = go[i + 1] == '{';
    const std::size_t begin = i + 1 + (braces ? 1 : 0);
    std::size_t end = begin;
    while (end < go.size() && word(go[end])) ++end;
    if (end == begin || (braces && (end == go.size() || go[end] != '}'))) {
      out += '$';
      continue;
    }
    const std::string name(go.substr(begin, end - begin));
    int group = -1;
    if (name.find_first_not_of("0123456789") == std::string::npos && name.size() <= 2) group = std::stoi(name);
    else if (const auto it = re.NamedCapturingGroups().find(name); it != re.NamedCapturingGroups().end()) group = it->second;
    if (group >= 0 && group <= re.NumberOfCapturingGroups() && group <= 9) {
      out += '\\';
      out += static_cast<char>('0' + group);
    }
    i = end - (braces ? 0 : 1);
  }
  return out;
}

bool contains_match(const re2::RE2& re, std::string_view text) { return re2::RE2::PartialMatch(piece(text), re); }

std::optional<std::string> replace_matches(const re2::RE2& re, std::string_view text, std::string_view replacement, std::size_t limit) {
  re2::StringPiece groups[10];
  const int wanted = std::min(9, re.NumberOfCapturingGroups()) + 1;
  std::string out;
  std::size_t at = 0;        // everything before is in `out`
  std::size_t search = 0;    // the next match begins here or later
  bool after_match = false;  // an empty match right behind another one does not count (Go, RE2)
  const std::int64_t began = cpu_ns();
  std::size_t read = 0;  // at most, since the last look at the clock
  while (search <= text.size() && re.Match(piece(text), search, text.size(), re2::RE2::UNANCHORED, groups, wanted)) {
    const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
    const std::size_t size = groups[0].size();
    out.append(text, at, begin - at);
    at = begin;
    if (size > 0 || !(after_match && begin == search)) {
      if (rewritten_size(replacement, groups, wanted) > limit - std::min(limit, out.size())) return std::nullopt;
      if (!re.Rewrite(&out, piece(replacement), groups, wanted)) return std::nullopt;
    }
    at += size;
    search = at;
    after_match = size > 0;
    if (size == 0) {  // step over one character, not into the middle of one
      if (at == text.size()) break;
      std::size_t next = at + 1;
      while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80) ++next;
      out.append(text, at, next - at);
      search = at = next;
    }
    if (out.size() > limit) return std::nullopt;
    read += text.size() - at;
    if (read < look_every) continue;
    if (cpu_ns() - began > most_cpu_ns) return std::nullopt;
    read = 0;
  }
  out.append(text, at, std::string_view::npos);
  if (out.size() > limit) return std::nullopt;
  return out;
}

}  // namespace waggle::match
