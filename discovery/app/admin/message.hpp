// A request to the admin entry point and its answer, as far as routes and views care. No sockets, no HTTP
// library.
#pragma once

#include <string>

namespace waggle::app::admin {

struct request {
  std::string method;  ///< as sent
  std::string target;  ///< as sent, with its query
};

struct response {
  unsigned status = 200;
  std::string content_type{};
  std::string body{};
  std::string location{};  ///< of a redirect
  bool nosniff = false;
  bool unclaimed = false;  ///< no path of the API's: a frontend of the same entry point may take the request
};

}  // namespace waggle::app::admin
