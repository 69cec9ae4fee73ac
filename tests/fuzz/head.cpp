// Request and response heads: nothing crashes; what is accepted and written down plainly is accepted as the same; pieces get
// the verdict of the whole.
#include "fuzz.hpp"

#include "http1/compose_request.hpp"
#include "http1/framing.hpp"
#include "http1/make_request.hpp"

using namespace waggle::proxy::http1;
using waggle::fuzz::require;
using waggle::fuzz::text_of;

namespace {

void write_fields(std::string& out, const field_list& fields) {
  for (const waggle::http::field& f : fields.all()) out += std::string(f.name) + ": " + std::string(f.value) + "\r\n";
  out += "\r\n";
}

void same_fields(const field_list& a, const field_list& b) {
  require(a.size() == b.size(), "number of fields");
  for (std::size_t i = 0; i < a.size(); ++i) require(a[i].name == b[i].name && a[i].value == b[i].value && a.id(i) == b.id(i), "a field changed");
}

/// Prefixes at pseudo-random places: incomplete, or already the verdict of the whole.
template <class Head>
void pieces(const std::string& text, const parse_result& whole, parse_result (*parse)(std::string_view, Head&) noexcept) {
  static Head head;
  std::uint32_t at = 2166136261u;
  for (const char c : text) at = (at ^ static_cast<unsigned char>(c)) * 16777619u;
  for (int i = 0; i < 12 && !text.empty(); ++i) {
    at = at * 1664525u + 1013904223u;
    const std::string prefix = text.substr(0, (at >> 8) % text.size());
    const parse_result r = parse(prefix, head);
    if (r.state == parse_state::incomplete) continue;
    require(r.state == whole.state, "a prefix was judged, the whole differently");
    if (r.state == parse_state::complete) require(r.bytes == whole.bytes, "length of the head");
  }
}

/// Written for a server it is a lawful head again, framed as the value says, with nothing in it that is kept from servers.
void sent_on(const request_head& head, const request_facts& facts, std::string_view bytes) {
  namespace http = waggle::http;
  static target_scratch scratch;
  static request_head again;
  again.fields.limit = max_fields;
  again.line_limit = max_request_line;
  target where;
  if (parse_target(head.method, head.target, scratch, where)) return;
  http::heap_arena memory;
  http::request r;
  make_request(head, facts, where, bytes, memory, r);
  require(r.fields.all().size() == head.fields.size(), "a field was lost");
  const std::string edited(head.fields.size() > 0 ? head.fields[head.fields.size() / 2].name : "X-A");
  r.fields.remove(edited);
  r.fields.set("X-Edit", edited);
  for (const bool trusted : {false, true}) {
    std::string out(bytes.size() * 2 + 4096, '\0');
    const next_hop to{.host = r.authority.empty() ? "s:1" : r.authority, .from = {"192.0.2.1", trusted}, .hostname = "edge", .hops = "ab=1"};
    out.resize(compose_request(r, to, out));
    const parse_result parsed = parse_request(out, again);
    require(parsed.state == parse_state::complete && parsed.bytes == out.size(), "what is sent on is no head, or more than one");
    require(again.method == head.method, "the method changed");
    request_facts as_sent;
    require(!examine_request(again, as_sent), "what is sent on is not lawful");
    require(as_sent.body == facts.body && as_sent.upgrade == facts.upgrade, "the framing changed");
    require(as_sent.expect_continue == facts.expect_continue || http::iequals(edited, "Expect"), "the expectation changed");
    for (const http::field& f : again.fields) {
      const bool own = f.id == field_id::host || f.id == field_id::content_length || f.id == field_id::transfer_encoding || f.value == "trailers" ||
                       f.id == field_id::connection || f.id == field_id::upgrade || f.value == "ab=1";
      require(own || !http::is_kept_from_server(f.id), "a field that is kept from servers");
      require(f.name == "X-Edit" || http::is_fixed(f.id) || http::is_forwarding(f.id) || !http::reads_as(f.name, edited) || own,
              "a field that was removed");
      require(trusted || f.id != field_id::forwarded, "a stranger's word of the way");
    }
  }
}

void request(const std::string& text) {
  static request_head head, again;
  const parse_result r = parse_request(text, head);
  pieces<request_head>(text, r, &parse_request);
  if (r.state == parse_state::bad) require(r.status >= 400 && r.status <= 505 && *r.reason, "a refusal without a status");
  if (r.state != parse_state::complete) return;
  require(r.bytes <= text.size(), "more bytes than there are");
  std::string plain = std::string(head.method) + " " + std::string(head.target) + " HTTP/1." + (head.minor ? "1" : "0") + "\r\n";
  write_fields(plain, head.fields);
  require(parse_request(plain, again).state == parse_state::complete, "written down again, it is refused");
  require(again.method == head.method && again.target == head.target && again.minor == head.minor, "the request line changed");
  same_fields(head.fields, again.fields);

  request_facts facts, facts_again;
  const refusal refused = examine_request(head, facts), refused_again = examine_request(again, facts_again);
  require(refused.status == refused_again.status, "judged differently when written down again");
  if (refused) return;
  require(facts.body == facts_again.body && facts.keep_alive == facts_again.keep_alive && facts.websocket == facts_again.websocket &&
              facts.upgrade == facts_again.upgrade,
          "the same head means something else");
  for (std::size_t i = 0; i < head.fields.size(); ++i) require(head.fields[i].origin == again.fields[i].origin, "Connection names other fields");
  require(facts.host.empty() || valid_host(facts.host), "a host that is none");
  require(facts.has_host || head.minor == 0, "no Host in 1.1");
  sent_on(head, facts, std::string_view(text).substr(0, r.bytes));
}

/// A head whose folded lines were put together is one that is lawful as it is, and nothing behind it was touched.
void folded(const std::string& text) {
  static response_head head, again;
  std::string bytes = text;
  const parse_result r = parse_answer(bytes, head), strict = parse_response(text, again);
  require(bytes.size() == text.size(), "the length changed");
  if (strict.state != parse_state::bad) require(bytes == text && r.state == strict.state, "a lawful head was changed");
  if (r.state != parse_state::complete) return;
  require(bytes.substr(r.bytes) == text.substr(r.bytes), "bytes of the body were changed");
  require(parse_response(bytes, again).state == parse_state::complete && again.fields.size() == head.fields.size(), "still folded");
}

void response(const std::string& text) {
  static response_head head, again;
  const parse_result r = parse_response(text, head);
  pieces<response_head>(text, r, &parse_response);
  if (r.state == parse_state::bad) require(r.status == 502, "a bad answer is a 502");
  if (r.state != parse_state::complete) return;
  std::string plain = "HTTP/1." + std::string(head.minor ? "1 " : "0 ") + std::to_string(head.status) + " " + std::string(head.reason) + "\r\n";
  write_fields(plain, head.fields);
  require(parse_response(plain, again).state == parse_state::complete, "written down again, it is refused");
  require(again.status == head.status && again.minor == head.minor && again.reason == head.reason, "the status line changed");
  same_fields(head.fields, again.fields);
  for (const bool to_head : {false, true}) {
    response_facts facts, facts_again;
    require(examine_response(head, to_head, facts).status == examine_response(again, to_head, facts_again).status, "judged differently");
    require(facts.body == facts_again.body && facts.keep_alive == facts_again.keep_alive, "the same head means something else");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = text_of(data, size);
  request(text);
  response(text);
  folded(text);
  return 0;
}
