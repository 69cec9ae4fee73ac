// What our parser and examine_request accept, Boost.Beast accepts with the same meaning, but for the differences named here.
// (The other way round does not hold: Beast is no edge parser: it takes unknown transfer codings for no body, and checks no Host.)
#include "fuzz.hpp"

#include "http1/framing.hpp"
#include "http1/target.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <utility>
#include <vector>

using namespace waggle::proxy::http1;
using waggle::fuzz::require;
using waggle::fuzz::text_of;
namespace beast = boost::beast;

namespace {

/// Differences that are meant. Each makes the comparison meaningless, not wrong.
bool text_error(const std::string& text, const request_head& head, beast::error_code ec) {
  using error = beast::http::error;
  // RFC 9110 §2.5: HTTP/1.2 to 1.9 are read as 1.1; Beast knows 1.0 and 1.1 only.
  const std::size_t version = text.find(" HTTP/1.");
  if (ec == error::bad_version) return version != std::string::npos && text[version + 8] > '1';
  // The value of Connection is only searched for members that mean something; Beast wants each to be a token. Nothing else
  // than hop-by-hop removal depends on it, and no token can be hidden from us: a member is what stands between commas.
  if (ec == error::bad_value) {
    for (std::size_t i = 0; i < head.fields.size(); ++i)
      if (head.fields.id(i) == field_id::connection || head.fields.id(i) == field_id::proxy_connection || head.fields.id(i) == field_id::upgrade)
        return true;
  }
  return false;
}

using field_values = std::vector<std::pair<std::string, std::string>>;

std::string lower(std::string_view s) {
  std::string out(s);
  std::transform(out.begin(), out.end(), out.begin(), waggle::http::to_lower);
  return out;
}

/// Beast keeps lines of one name together: only their order within a name means something (RFC 9110 §5.3).
void sort(field_values& v) {
  std::stable_sort(v.begin(), v.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string all = text_of(data, size);
  static request_head head;
  static target_scratch scratch;
  const parse_result r = parse_request(all, head);
  if (r.state != parse_state::complete) return 0;
  request_facts facts;
  if (examine_request(head, facts)) return 0;
  target t;
  if (parse_target(head.method, head.target, scratch, t)) return 0;

  // RFC 9112 §2.2: empty lines before the request line are skipped; Beast refuses them.
  const std::size_t begin = static_cast<std::size_t>(head.method.data() - all.data());
  const std::string text = all.substr(begin, r.bytes - begin);
  beast::http::request_parser<beast::http::empty_body> theirs;
  theirs.header_limit(1'000'000);
  theirs.body_limit(boost::none);
  theirs.eager(false);
  beast::error_code ec;
  theirs.put(boost::asio::buffer(text), ec);
  if (ec && text_error(text, head, ec)) return 0;
  if (ec) std::fprintf(stderr, "%s\n", ec.message().c_str());
  require(!ec, "Beast refuses what we accept");
  require(theirs.is_header_done(), "Beast wants more head");
  const auto& m = theirs.get();
  require(m.method_string() == beast::string_view(head.method.data(), head.method.size()), "method");
  require(m.target() == beast::string_view(head.target.data(), head.target.size()), "target");
  require(m.version() == 10 + head.minor, "version");
  field_values our_fields, their_fields;
  for (const waggle::http::field& f : head.fields.all()) our_fields.emplace_back(lower(f.name), f.value);
  for (const auto& f : m) their_fields.emplace_back(lower({f.name_string().data(), f.name_string().size()}), std::string(f.value()));
  sort(our_fields);
  sort(their_fields);
  require(our_fields == their_fields, "fields");
  require(theirs.chunked() == (facts.body.kind == body_kind::chunked), "chunked");
  const auto length = theirs.content_length();
  require(!theirs.chunked() && length ? facts.body.kind == body_kind::length && facts.body.length == *length
                                      : facts.body.kind != body_kind::length || facts.body.length == 0,
          "length");
  if (!facts.websocket && !theirs.upgrade()) require(theirs.keep_alive() == facts.keep_alive, "persistence");
  return 0;
}
