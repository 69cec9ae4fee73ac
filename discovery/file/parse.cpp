#include "file/parse.hpp"

#include "file/read_backend.hpp"
#include "file/read_frontend.hpp"
#include "file/read_layer4.hpp"
#include "file/yaml_document.hpp"
#include "translate/defaults.hpp"

#include <waggle/base/edit_distance.hpp>
#include <waggle/base/log.hpp>
#include <waggle/model/traefik1/translate.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace waggle::discovery::file {
namespace {

template <class Part>
void sort_by_name(model::parts<Part>& list) {
  list.sort([](const Part& a, const Part& b) { return a.name < b.name; });
}
template <class Part>
void sort_by_name(std::vector<Part>& list) {
  std::sort(list.begin(), list.end(), [](const Part& a, const Part& b) { return a.name < b.name; });
}

void sort_by_place(std::vector<finding>& list) {
  std::stable_sort(list.begin(), list.end(), [](const finding& a, const finding& b) { return a.at < b.at; });
}

class file_reader {
 public:
  file_reader(const file_options& opts, const options& names) : opts_(opts), entry_points_(names) {}

  void read(const node& root) {
    section top(root, "", found);
    top.each("backends", [&](const std::string& name, section& s) {
      model::backend& b = config.backends.emplace_back();
      b.name = name;
      read_backend(s, b);
      sort_by_name(b.servers);
    });
    for (const auto& b : config.backends) names_.insert(b.name);
    // Frontends refer to backends, which may stand behind them.
    top.each("frontends", [&](const std::string& name, section& s) {
      model::frontend& f = config.frontends.emplace_back();
      f.name = name;
      read_frontend(s, f, {opts_.keep_trailing_slash});
      sort_by_name(f.routes);
      check_backend(s, "backend", f.backend);
      check_pages(f, s);
    });
    top.within("tcp", [&](section& s) { tcp = read_tcp(s, entry_points_); });
    top.within("udp", [&](section& s) { udp = read_udp(s, entry_points_); });
    if (opts_.among_options) return;  // the rest are the program's options
    if (top.has("tls")) top.warn("tls", "is not served yet and ignored; end TLS in front of waggle");
    top.name_unknown();
  }

  model::traefik1::configuration config;
  tcp_reading tcp;
  udp_reading udp;
  findings found;

 private:
  std::string nearest_backend(const std::string& name) const {
    std::string out;
    std::size_t least = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const std::string& known : names_) {
      const std::size_t d = base::edit_distance(name, known, least - 1);
      if (d >= least) continue;
      least = d;
      out = known;
    }
    return out;
  }

  std::string no_backend(const std::string& name) const {
    const std::string near = nearest_backend(name);
    return "there is no backend " + base::go_quote(name) +
           (near.empty() ? "; add [backends." + name + "]" : "; did you mean " + base::go_quote(near) + "?");
  }

  void check_backend(section& s, std::string_view key, const std::string& name) const {
    if (!name.empty() && !names_.contains(name)) s.fail(key, no_backend(name));
  }

  // As in Traefik, a page without a backend is left out, not the frontend.
  void check_pages(const model::frontend& f, section& s) const {
    for (const auto& [name, page] : f.options.errors)
      if (!names_.contains(page.backend)) s.warn("errors", "page " + name + ": " + no_backend(page.backend));
  }

  const file_options& opts_;
  const options& entry_points_;
  std::set<std::string> names_;  // of backends; ordered: hints must not change from run to run
};

/// Sorted, as a configuration has its lists.
template <class Reading, class Configuration>
void put_sorted(Reading from, Configuration& to) {
  sort_by_name(from.routers);
  sort_by_name(from.services);
  to.routers = std::move(from.routers);
  to.services = std::move(from.services);
}

}  // namespace

parsed_file parse(std::string_view text, const file_options& opts) {
  parsed_file out;
  const bool yaml = opts.filename.ends_with(".yml") || opts.filename.ends_with(".yaml");
  const auto document = yaml ? parse_yaml_document(text) : parse_document(text);
  if (document.has_error()) {
    out.errors.push_back(document.error());
    return out;
  }
  options names;
  names.entry_points = opts.entry_points;
  names.layer4_entry_points = opts.layer4_entry_points;
  names.default_entry_points = opts.default_entry_points;
  file_reader reader(opts, names);
  reader.read(*document);
  out.errors = std::move(reader.found.errors);
  out.warnings = std::move(reader.found.warnings);
  sort_by_place(out.errors);
  sort_by_place(out.warnings);
  if (!out.errors.empty()) return out;
  sort_by_name(reader.config.backends);
  sort_by_name(reader.config.frontends);
  for (auto& b : reader.config.backends) apply_defaults(b, out.lines);
  for (auto& f : reader.config.frontends) apply_defaults(f, names, out.lines);
  model::configuration config = model::traefik1::translated(std::move(reader.config));
  put_sorted(std::move(reader.tcp), config.tcp);
  put_sorted(std::move(reader.udp), config.udp);
  out.config = std::make_shared<const model::configuration>(std::move(config));
  return out;
}

}  // namespace waggle::discovery::file
