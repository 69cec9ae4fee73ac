// A listening socket for Asio.
#pragma once

#include <waggle/base/result.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace waggle::app::admin {

/// @param address  as of an entry point: ":8080", "127.0.0.1:0". @return why it cannot listen.
base::explained_result<void> listen_on(boost::asio::ip::tcp::acceptor& acceptor, const std::string& address);

/// "127.0.0.1:40123"; empty if it does not listen.
std::string address_of(const boost::asio::ip::tcp::acceptor& acceptor);

}  // namespace waggle::app::admin
