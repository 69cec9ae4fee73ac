// A TOML file as assignments: tables become dotted names, arrays comma lists, [entryPoints.x] the words of
// one entry point, so that the rest of the program knows one grammar only.
#include "options/assignment.hpp"

#include "options/entry_point_grammar.hpp"
#include "options/values.hpp"

#include <fmt/format.h>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

namespace waggle::app {
namespace {

using base::text_error;

/// A scalar or an array of scalars as an option value would be written; nothing else can be one.
std::optional<std::string> as_text(const toml::node& node) {
  if (const auto* v = node.as_string()) return v->get();
  if (const auto* v = node.as_boolean()) return v->get() ? "true" : "false";
  if (const auto* v = node.as_integer()) return std::to_string(v->get());
  if (const auto* v = node.as_floating_point()) return fmt::format("{}", v->get());
  const auto* list = node.as_array();
  if (list == nullptr) return std::nullopt;
  std::string out;
  for (const toml::node& item : *list) {
    if (item.is_array()) return std::nullopt;
    const auto one = as_text(item);
    if (!one) return std::nullopt;
    if (!out.empty()) out += ',';
    out += *one;
  }
  return out;
}

class flattener {
 public:
  flattener(const std::string& file, std::vector<std::string>& warnings) : file_(file), warnings_(warnings) {}

  base::text_result<void> table(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string shown = prefix + std::string(name.str());
      const std::string key = lower(shown);
      if (key == "entrypoints" && node.is_table()) {
        if (auto done = entry_points(*node.as_table()); !done) return done;
        continue;
      }
      if (const toml::table* below = node.as_table(); below && (key == "accesslog.fields.names" || key == "accesslog.fields.headers.names")) {
        std::string pairs;  // as the flag has them
        for (const auto& [field, mode] : *below) pairs += fmt::format("{}{}={}", pairs.empty() ? "" : " ", field.str(), as_text(mode).value_or(""));
        out.push_back({key, pairs, shown + " in " + file_, false});
        continue;
      }
      if (const toml::table* below = node.as_table()) {
        out.push_back({key, "true", shown + " in " + file_, true});
        if (auto done = this->table(*below, shown + "."); !done) return done;
        continue;
      }
      const auto text = as_text(node);
      // "" and [] are what Traefik has where nothing is said; a lock without users is none that lets everybody in.
      if (text && text->empty() && key.find(".auth.") == std::string::npos) continue;
      // What cannot be a value ([[acme.domains]]) is no option of ours; its name decides what is said about
      // it.
      out.push_back({key, text.value_or(""), shown + " in " + file_, false});
    }
    return {};
  }

  std::vector<assignment> out;

 private:
  base::text_result<void> entry_points(const toml::table& table) {
    for (const auto& [name, node] : table) {
      const toml::table* members = node.as_table();
      if (members == nullptr) return text_error{fmt::format("entryPoints.{} in {}: expected a table with an address", name.str(), file_)};
      std::string words = "Name:" + std::string(name.str());
      if (auto done = add_words(words, *members, "", "entryPoints." + std::string(name.str())); !done)
        return text_error{fmt::format("entryPoints.{} in {}: {}", name.str(), file_, done.error().reason)};
      out.push_back({"entrypoints", std::move(words), fmt::format("entryPoints.{} in {}", name.str(), file_), false});
    }
    return {};
  }

  base::text_result<void> add_words(std::string& words, const toml::table& table, const std::string& prefix, const std::string& place) {
    for (const auto& [name, node] : table) {
      const std::string word = prefix + std::string(name.str());
      if (const toml::table* below = node.as_table()) {
        const bool ours = lower(word) == "forwardedheaders" || lower(word) == "proxyprotocol";
        if (!ours && below->empty() && is_entry_point_word(word)) words += ' ' + word;
        if (auto done = add_words(words, *below, word + ".", place); !done) return done;
        continue;
      }
      if (!is_entry_point_word(word)) {  // Traefik ignores what it does not know in a file
        warnings_.push_back(fmt::format("unknown option: {}.{} in {} (ignored, as in Traefik)", place, word, file_));
        continue;
      }
      const std::string text = as_text(node).value_or("");
      if (text.find_first_of(" \t\r\n") != std::string::npos) return text_error{fmt::format("{} has a blank in its value \"{}\"", word, text)};
      words += ' ' + word + ':' + text;
    }
    return {};
  }

  const std::string& file_;
  std::vector<std::string>& warnings_;
};

}  // namespace

base::text_result<std::vector<assignment>> read_toml(const std::string& file, std::vector<std::string>& warnings) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return text_error{fmt::format("cannot read the configuration file {}", file)};
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) return text_error{fmt::format("cannot read the configuration file {}", file)};
  const toml::parse_result parsed = toml::parse(text.str(), file);
  if (!parsed) return text_error{fmt::format("{}:{}: {}", file, parsed.error().source().begin.line, parsed.error().description())};
  flattener flat(file, warnings);
  if (auto done = flat.table(parsed.table(), ""); !done) return done.error();
  return std::move(flat.out);
}

}  // namespace waggle::app
