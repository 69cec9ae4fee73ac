#include "translate/entry_choice.hpp"

#include <waggle/base/log.hpp>

#include <algorithm>
#include <utility>

namespace waggle::discovery {

namespace {

using model::severity;

std::string name_for(std::string_view service) {
  std::string out;
  for (const char c : service.substr(0, 32))
    out += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ? c : '-';
  return out;
}

std::string listed_names(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& n : names) out += (out.empty() ? "" : ", ") + n;
  return out;
}

class chooser {
 public:
  chooser(const entry_wish& wish, const options& opts, std::vector<model::diagnostic>& told) : wish_(wish), opts_(opts), told_(told) {
    for (const auto& e : opts.layer4_entry_points)
      if (e.protocol == wish.protocol) fitting_.push_back(e.name);
  }

  std::vector<std::string> run() {
    if (wish_.named.empty()) return the_only_one();
    if (opts_.entry_points.empty() && opts_.layer4_entry_points.empty()) return wish_.named;
    std::vector<std::string> out;
    for (const std::string& name : wish_.named) {
      if (std::find(out.begin(), out.end(), name) != out.end()) continue;
      if (std::find(fitting_.begin(), fitting_.end(), name) != fitting_.end()) out.push_back(name);
      else missing_.push_back(name);
    }
    // Where one is left the service is served there, and still told of.
    for (const std::string& name : missing_) tell_missing(name, out.empty() ? severity::error : severity::warning);
    return out;
  }

 private:
  std::string suffix() const { return "/" + std::string(word_of(wish_.protocol)); }

  std::vector<std::string> the_only_one() {
    if (fitting_.size() == 1) return fitting_;
    const std::string example = name_for(wish_.service);
    if (fitting_.empty())
      say(severity::error, "no-entry-point", "there is no " + suffix() + " entry point", how_to_add_entry_point(example, wish_.protocol, wish_.port));
    else
      say(severity::error, "entry-point-not-named", "does not say at which " + suffix() + " entry point; there are: " + listed_names(fitting_),
          "write " + std::string(wish_.label.key) + "=" + fitting_.front() + ", or another of them");
    return {};
  }

  void tell_missing(const std::string& name, severity level) {
    const auto other =
        std::find_if(opts_.layer4_entry_points.begin(), opts_.layer4_entry_points.end(), [&](const auto& e) { return e.name == name; });
    const bool http = std::find(opts_.entry_points.begin(), opts_.entry_points.end(), name) != opts_.entry_points.end();
    if (other == opts_.layer4_entry_points.end() && !http)
      return say(level, "no-entry-point", "there is no entry point " + base::go_quote(shown(name, most_shown)),
                 how_to_add_entry_point(name_for(name), wish_.protocol, wish_.port));
    say(level, "entry-point-protocol",
        "the entry point " + name + " is one of " +
            (http                                      ? "HTTP"
             : other->protocol == model::protocol::tcp ? "TCP"
                                                       : "UDP") +
            ", not a " + suffix() + " one",
        fitting_.empty() ? how_to_add_entry_point(name_for(wish_.service), wish_.protocol, wish_.port) : "write one of: " + listed_names(fitting_));
  }

  void say(severity level, const char* code, std::string text, std::string fix) {
    told_.push_back(about_label(level, code, wish_.label, std::move(text), std::move(fix)));
  }

  const entry_wish& wish_;
  const options& opts_;
  std::vector<model::diagnostic>& told_;
  std::vector<std::string> fitting_, missing_;
};

}  // namespace

std::string_view word_of(model::protocol protocol) noexcept {
  switch (protocol) {
    case model::protocol::http: return "http";
    case model::protocol::tcp: return "tcp";
    case model::protocol::udp: return "udp";
  }
  return {};
}

std::string how_to_add_entry_point(std::string_view name, model::protocol protocol, std::uint16_t port) {
  const std::string number = port == 0 ? "PORT" : std::to_string(port);
  return "start waggle with --entryPoints='Name:" + std::string(name) + " Address::" + number + "/" + std::string(word_of(protocol)) +
         "' and publish it on waggle's service: --publish mode=host," + (protocol == model::protocol::udp ? "protocol=udp," : "") +
         "target=" + number + ",published=" + number;
}

bool one_address_each(const std::vector<std::string>& names, const options& opts) {
  return std::all_of(names.begin(), names.end(), [&](const std::string& n) {
    return std::any_of(opts.layer4_entry_points.begin(), opts.layer4_entry_points.end(), [&](const auto& e) { return e.name == n && e.one_address; });
  });
}

std::vector<std::string> choose_entry_points(const entry_wish& wish, const options& opts, std::vector<model::diagnostic>& told) {
  return chooser(wish, opts, told).run();
}

}  // namespace waggle::discovery
