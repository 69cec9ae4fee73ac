// A question about one request, and what the routing table says to it. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace waggle::proxy {

struct request_question {
  std::string entry_point;  ///< empty: the first
  std::string method = "GET", host;
  std::string target = "/";  ///< path and query
  std::vector<std::pair<std::string, std::string>> headers;
};

struct candidate_route {
  std::string frontend, backend, service;
  std::vector<std::string> rules;
  std::int64_t priority = 0;  ///< as in force
  bool matches = false;
  std::string why;  ///< why it won or lost
};

struct candidate_server {
  std::string url, task, node, node_name;
  std::uint64_t slot = 0;
  bool up = true;
};

struct request_explanation {
  std::string entry_point;
  std::string path;                     ///< as rules see it
  std::string outcome;                  ///< one line: who gets it, or what is answered
  unsigned status = 0;                  ///< what waggle answers itself; 0: it goes to a server
  std::vector<std::string> warnings;    ///< readings of the path by which it would be another route's
  bool routed = false;                  ///< routes[0] won
  std::vector<candidate_route> routes;  ///< the winner, then who matched as well, then the nearest that did not
  std::size_t others = 0;               ///< routes of this entry point that are not listed
  bool sticky = false;
  std::string cookie;    ///< its name
  std::string affinity;  ///< what the cookie leads to, in words
  int server = -1;       ///< the one that the cookie names, as an index of `servers`; -1: free choice
  std::vector<candidate_server> servers;
};

}  // namespace waggle::proxy
