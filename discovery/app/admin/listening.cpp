#include "admin/listening.hpp"

#include "options/values.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/v6_only.hpp>

namespace waggle::app::admin {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using base::error_code;

error_code listen_at(tcp::acceptor& acceptor, const tcp::endpoint& where) {
  error_code ec;
  acceptor.open(where.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec && where.address().is_v6()) acceptor.set_option(asio::ip::v6_only(!where.address().is_unspecified()), ec);
  if (!ec) acceptor.bind(where, ec);
  if (!ec) acceptor.listen(tcp::acceptor::max_listen_connections, ec);
  if (ec) {
    error_code ignored;
    acceptor.close(ignored);
  }
  return ec;
}

}  // namespace

base::explained_result<void> listen_on(tcp::acceptor& acceptor, const std::string& address) {
  const auto parsed = parse_address(address);
  if (!parsed) return parsed.error();
  error_code ec;
  if (parsed->host.empty()) {
    ec = listen_at(acceptor, {tcp::v6(), parsed->port});  // takes IPv4 as well
    if (ec && ec != asio::error::address_in_use && ec != asio::error::access_denied)
      ec = listen_at(acceptor, {tcp::v4(), parsed->port});  // a kernel without IPv6
  } else {
    const auto host = asio::ip::make_address(parsed->host, ec);
    if (!ec) ec = listen_at(acceptor, {host, parsed->port});
  }
  if (ec) return base::explained{ec.message()};
  return {};
}

std::string address_of(const tcp::acceptor& acceptor) {
  error_code ec;
  const auto where = acceptor.local_endpoint(ec);
  if (ec) return {};
  return where.address().is_v6() ? fmt::format("[{}]:{}", where.address().to_string(), where.port())
                                 : fmt::format("{}:{}", where.address().to_string(), where.port());
}

}  // namespace waggle::app::admin
