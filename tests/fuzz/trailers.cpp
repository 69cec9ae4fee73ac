// Trailers of an answer: what the chunk decoder keeps and the filter lets pass is announced, harmless, in order and whole; a second
// reading by other means agrees; who takes all trailers gets no less and nothing dangerous. Input: the Trailer field, a line feed, a trailer section.
#include "fuzz.hpp"
#include "http1/chunked.hpp"

#include <waggle/http/field.hpp>
#include <waggle/http/field_id.hpp>
#include <waggle/http/trailers.hpp>

#include <algorithm>
#include <vector>

using namespace waggle::proxy::http1;
using waggle::fuzz::require;
using waggle::fuzz::text_of;
using waggle::http::announced_trailers;
using waggle::http::harmless_trailers;
using waggle::http::iequals;

namespace {

/// Never, announced or not: framing, routing, authentication, caching (RFC 9110 §6.5.1).
constexpr std::string_view never[] = {"content-length",
                                      "transfer-encoding",
                                      "host",
                                      "connection",
                                      "trailer",
                                      "te",
                                      "upgrade",
                                      "cookie",
                                      "set-cookie",
                                      "authorization",
                                      "content-type",
                                      "content-encoding",
                                      "content-range",
                                      "cache-control",
                                      "location",
                                      "www-authenticate",
                                      "x-forwarded-for",
                                      "expect",
                                      "date"};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t end; (end = text.find("\r\n")) != std::string_view::npos; text.remove_prefix(end + 2)) out.push_back(text.substr(0, end + 2));
  require(text.empty(), "half a line");
  return out;
}

std::string_view name_of(std::string_view line) { return line.substr(0, line.find(':')); }

bool is_member(std::string_view list, std::string_view name) {
  while (true) {
    const std::size_t comma = list.find(',');
    std::string_view one = list.substr(0, comma);
    while (!one.empty() && (one.front() == ' ' || one.front() == '\t')) one.remove_prefix(1);
    while (!one.empty() && (one.back() == ' ' || one.back() == '\t')) one.remove_suffix(1);
    if (iequals(one, name)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

/// What passed is among what was there, in order and whole, and nothing that may never pass.
void check_passed(const std::vector<std::string_view>& all, const std::vector<std::string_view>& passed) {
  std::size_t at = 0;
  for (const std::string_view line : passed) {
    while (at < all.size() && all[at] != line) ++at;
    require(at++ < all.size(), "a line that was not there, or out of order");
    require(line.find('\r') == line.size() - 2 && line.find('\0') == std::string_view::npos, "control characters pass");
    for (const std::string_view n : never) require(!iequals(n, name_of(line)), "a trailer that may not pass");
  }
}

bool is_harmless(std::string_view line) { return iequals(name_of(line), "x-checksum") || iequals(name_of(line), "grpc-status"); }

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string in = text_of(data, size);
  const std::size_t cut = in.find('\n');
  if (cut == std::string::npos) return 0;
  const std::string announced = in.substr(0, cut);
  std::string section = "0\r\n" + in.substr(cut + 1), kept;
  chunk_decoder d;
  d.keep_trailers(&kept);
  chunk_decoder::step s;
  for (std::string_view rest = section; !rest.empty();) {
    s = d.next(rest);
    if (s.state != chunk_decoder::state::more || s.consumed == 0) break;
    rest.remove_prefix(s.consumed);
  }
  if (!d.done()) return 0;
  const std::string out = announced_trailers(kept, announced);
  const std::vector<std::string_view> all = lines_of(kept), passed = lines_of(out);
  check_passed(all, passed);
  for (const std::string_view line : passed) require(is_member(announced, name_of(line)), "a trailer that was not announced");
  require(announced_trailers(out, announced) == out, "what passed once does not pass again");
  require(announced_trailers(kept, "").empty(), "nothing is announced and something passes");
  // Who said that trailers are welcome gets the same, announced or not.
  const std::string welcome = harmless_trailers(kept);
  const std::vector<std::string_view> given = lines_of(welcome);
  check_passed(all, given);
  require(harmless_trailers(welcome) == welcome, "what passed once does not pass again");
  std::size_t more = 0;
  for (const std::string_view line : passed) {
    while (more < given.size() && given[more] != line) ++more;
    require(more++ < given.size(), "an announced trailer is lost to who takes all");
  }
  // The other way round: a field without a meaning for waggle passes.
  const bool heeded = std::count(announced.begin(), announced.end(), ',') <= 100;  // very long lists are not
  for (const std::string_view line : all) {
    if (!is_harmless(line)) continue;
    require(std::find(given.begin(), given.end(), line) != given.end(), "a harmless trailer is lost");
    if (heeded && is_member(announced, name_of(line)))
      require(std::find(passed.begin(), passed.end(), line) != passed.end(), "an announced, harmless trailer is lost");
  }
  return 0;
}
