#include "ask/ipvs_question.hpp"

#include "options/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace waggle::app {
namespace {

using base::text_error;

struct view_flag {
  std::string_view flag, view;
};
constexpr view_flag views[] = {
    {"--stats", "stats"},           {"--rate", "rate"},
    {"-c", "connections"},          {"--connection", "connections"},
    {"--thresholds", "thresholds"}, {"--persistent-conn", "persistent-conn"},
    {"--timeout", "timeout"},
};

/// What a hand writes that is used to ipvsadm, and what holds here anyway.
constexpr std::string_view understood[] = {"-L", "-l", "--list", "-n", "--numeric", "-Ln", "-ln", "-nL", "-nl", "--sort"};

constexpr std::string_view commands[] = {"-A", "--add-service", "-E", "--edit-service",  "-D", "--delete-service", "-a", "--add-server",
                                         "-e", "--edit-server", "-d", "--delete-server", "-C", "--clear",          "-R", "--restore"};

template <class List>
bool has(const List& all, std::string_view one) {
  return std::find(std::begin(all), std::end(all), one) != std::end(all);
}

}  // namespace

base::text_result<bool> ipvs_question::take(std::string_view flag) {
  if (lower(flag) == "--ipvs") return ipvs_ = true;
  const auto at = std::find_if(std::begin(views), std::end(views), [&](const view_flag& v) { return v.flag == flag; });
  if (at != std::end(views)) {
    if (!view_.empty() && view_ != at->view) return text_error{fmt::format("{} and {} are two tables: ask for one at a time", view_flag_, flag)};
    view_ = at->view;
    view_flag_ = at->flag;
  } else if (flag == "--exact") {
    exact_ = true;
  } else if (flag == "--names") {
    names_ = true;
  } else if (flag == "-Z" || flag == "--zero") {
    return text_error{
        fmt::format("{} is not served: waggle's counters are never set to zero, since Prometheus reads them as well; --rate shows what "
                    "there is now",
                    flag)};
  } else if (has(commands, flag)) {
    return text_error{fmt::format(
        "{} is not served: virtual servers come from the labels of services (waggle.tcp.port, waggle.udp.port) or the file provider", flag)};
  } else if (!has(understood, flag)) {
    return false;
  }
  if (first_flag_.empty()) first_flag_ = flag;
  return true;
}

base::text_result<bool> ipvs_question::asked() const {
  if (!ipvs_ && !first_flag_.empty()) return text_error{fmt::format("{0} belongs to --ipvs: waggle status --ipvs {0}", first_flag_)};
  return ipvs_;
}

std::string ipvs_question::target(std::string_view service, bool json) const {
  std::string out = "/api/l4?";
  if (!json) out += "as=text&";
  out += "view=";
  out += view_.empty() ? std::string_view("plain") : view_;
  if (exact_) out += "&exact=1";
  if (names_) out += "&names=1";
  if (!service.empty()) out += "&service=" + url_encoded(service);
  return out;
}

std::string url_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace waggle::app
