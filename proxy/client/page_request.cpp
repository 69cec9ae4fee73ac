#include "client/page_request.hpp"

#include "http1/compose_request.hpp"

namespace waggle::proxy::client {

request page_request(const http::request& r, const http::next_hop& to, std::string_view target) {
  request out;
  out.bytes = http1::compose_page_request(r, to, target);
  return out;
}

}  // namespace waggle::proxy::client
