// Answers that waggle gives itself, with what belongs to the route: its cookie, its header rules, its error pages.
#include "affinity/registry.hpp"
#include "exchange/error_page.hpp"
#include "exchange/exchange.hpp"
#include "exchange/own_answer.hpp"

#include <waggle/http/reason.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace waggle::proxy {

io::task<client_fate> exchange::refuse(unsigned status, std::string_view why) {
  middleware::local_answer answer = own_answer(status, why);
  // Traefik sets the cookie before it asks the server, so also on its 502 and 504.
  if (choice_.sets_cookie())
    affinity::on_response(*choice_.to, choice_.server_at(choice_.server()), [&](std::string_view piece) { answer.fields += piece; });
  // A 502 or 504 for want of a server counts as the server's answer (Traefik 1.7 section 8.1).
  if (network_error_ && steps_.route->chain.on_answer) answer.fields += steps_.route->chain.on_answer->added(in.secure);
  return reply(std::move(answer));
}

io::task<client_fate> exchange::reply(middleware::local_answer answer) {
  if (answer.status < 200 || answer.status > 999) answer.status = 500;
  if (steps_.has_passed_entry() && !page_asked_) {
    const routing::frontend& route = *steps_.route;
    const routing::error_page* const page = route.error_pages.empty() ? nullptr : page_for(route, answer.status, steps_.answered_by());
    if (page) {
      page_asked_ = true;
      std::optional<middleware::local_answer> got = co_await fetch_error_page(w_, client, from_, in, route, *page, answer.status);
      if (client.is_aborted()) co_return client_fate::reset;
      if (got) answer = std::move(*got);
    }
  }
  if (http::is_bodiless(answer.status)) answer.body.clear();
  if (in.varies) answer.fields += "Vary: Accept-Encoding\r\n";
  status_ = answer.status;
  download_.bytes = in.to_head ? 0 : answer.body.size();
  const bool doubt = ends_connection(answer.status);
  co_return co_await client.send_own(std::move(answer), doubt, account_.record);
}

}  // namespace waggle::proxy
