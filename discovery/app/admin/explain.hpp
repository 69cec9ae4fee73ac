// GET /api/explain, /api/explain/service/NAME, /api/explain/request?…, /api/status?as=text: why things are routed as they are,
// as JSON or (?as=text) as text for a terminal. docs/api.md.
#pragma once

#include "admin/story.hpp"
#include "admin/views.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::app::admin {

/// name=value pairs of a query, decoded ('+' is a blank); what cannot be decoded is left out.
std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query);

response explain_all(const sources& from, names, std::string_view query);
response explain_service(const sources& from, names n, std::string_view query);
response explain_request(const sources& from, names, std::string_view query);
response status_text(const sources& from, names, std::string_view query);

// explain_text.cpp
/// Why nothing is known of any service.
std::string no_view(const picture& p, const sources& from);
std::string text_of_all(const picture& p, const sources& from);
std::string text_of_service(const picture& p, const story& s);
std::string text_of_request(const proxy::request_question& asked, const proxy::request_explanation& e);
std::string text_of_status(const picture& p, const sources& from);
// explain_json.cpp
std::string json_of_all(const picture& p);
std::string json_of_service(const picture& p, const story& s);
std::string json_of_request(const proxy::request_question& asked, const proxy::request_explanation& e);

}  // namespace waggle::app::admin
