// PostgreSQL's first message: judged once, judged the same whatever follows; nobody waits for more than eight bytes; and what is
// taken for one is one, read a second time by other means.
#include "fuzz.hpp"

#include "tls/client_hello.hpp"
#include "tls/postgres_start.hpp"

#include <arpa/inet.h>

#include <cstring>

using namespace waggle::proxy::tls;
using waggle::fuzz::require;
using waggle::fuzz::text_of;
using message = postgres_start::message;

namespace {

void check_meaning(const std::string& text, const postgres_start& p) {
  std::uint32_t words[2];
  std::memcpy(words, text.data(), sizeof words);
  const std::uint32_t length = ntohl(words[0]), code = ntohl(words[1]);
  require(p.bytes == length, "another length");
  switch (p.what) {
    case message::ssl_request: return require(text.starts_with(postgres_ssl_request), "no SSLRequest");
    case message::gss_request: return require(length == 8 && code == 0x04d21630, "no GSSENCRequest");
    case message::cancel_request: return require(length >= 16 && code == 0x04d2162e, "no CancelRequest");
    default: return require(length > 8 && code / 65536 == 3, "no StartupMessage");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = text_of(data, size);
  const postgres_start p = parse_postgres_start(text);
  const bool is_one = p.what != message::need_more && p.what != message::other;
  require((p.bytes > 0) == is_one, "a length without a message");
  if (p.what == message::need_more) require(text.size() < 8, "waits for what it has");
  if (is_one) {
    check_meaning(text, p);
    require(parse_client_hello(text).state() == client_hello::verdict::not_tls, "PostgreSQL and TLS at once");
  }
  for (std::size_t n = 0; n < text.size() && n < 32; ++n) {
    const postgres_start early = parse_postgres_start(text.substr(0, n));
    if (early.what != message::need_more) require(early.what == p.what && early.bytes == p.bytes, "a prefix was judged, the whole differently");
  }
  return 0;
}
