#include "file/document.hpp"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace waggle::discovery::file {
namespace {

position place(const toml::source_region& r) { return {r.begin.line, r.begin.column}; }

node convert(const toml::node& from) {
  node out;
  out.at = place(from.source());
  if (const toml::table* table = from.as_table()) {
    for (const auto& [key, value] : *table) out.members.push_back({std::string(key.str()), place(key.source()), convert(value)});
    // Implicit tables ([a.b] makes a) have no place of their own: that of what made them will do.
    if (out.at.line == 0 && !out.members.empty()) out.at = out.members.front().at;
  } else if (const toml::array* list = from.as_array()) {
    out.kind = node_kind::list;
    for (const toml::node& item : *list) out.items.push_back(convert(item));
  } else if (const auto* text = from.as_string()) {
    out.kind = node_kind::text;
    out.text = text->get();
  } else if (const auto* whole = from.as_integer()) {
    out.kind = node_kind::whole;
    out.whole = whole->get();
  } else if (const auto* flag = from.as_boolean()) {
    out.kind = node_kind::flag;
    out.flag = flag->get();
  } else {
    out.kind = node_kind::other;
  }
  return out;
}

}  // namespace

boost::system::result<node, finding> parse_document(std::string_view text) {
  const toml::parse_result parsed = toml::parse(text);
  if (parsed) return convert(parsed.table());
  finding f{place(parsed.error().source()), {}, std::string(parsed.error().description())};
  // Traefik runs its file through Go's text/template first; waggle does not.
  if (text.find("{{") != std::string_view::npos) f.text += " (the file holds {{, but templates are not evaluated)";
  return f;
}

std::string_view kind_name(node_kind kind) noexcept {
  switch (kind) {
    case node_kind::table: return "a table";
    case node_kind::list: return "a list";
    case node_kind::text: return "a text";
    case node_kind::whole: return "a whole number";
    case node_kind::flag: return "a boolean";
    case node_kind::other: break;
  }
  return "a number with a fraction or a date";
}

}  // namespace waggle::discovery::file
