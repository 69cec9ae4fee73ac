#include "file/yaml_document.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace waggle::discovery::file {
namespace {

constexpr std::size_t most_nodes = 1'000'000;
constexpr int deepest = 64;

position place(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<unsigned>(mark.line + 1), static_cast<unsigned>(mark.column + 1)};
}

class converter {
 public:
  std::optional<finding> wrong;

  node convert(const YAML::Node& from, int depth = 0) {
    node out;
    out.at = place(from.Mark());
    if (++count_ > most_nodes || depth > deepest) {
      fail(out.at, count_ > most_nodes ? "grows beyond a million values by its aliases" : "has too many levels");
      return out;
    }
    if (from.IsMap()) {
      add_members(out, from, depth);
      std::sort(out.members.begin(), out.members.end(), [](const member& a, const member& b) { return a.name < b.name; });
    } else if (from.IsSequence()) {
      out.kind = node_kind::list;
      for (const auto& item : from) {
        if (wrong) break;
        out.items.push_back(convert(item, depth + 1));
      }
    } else if (from.IsScalar()) {
      set_scalar(out, from);
    }  // nothing behind the colon: an empty table
    return out;
  }

 private:
  void fail(position at, std::string text) {
    if (!wrong) wrong = finding{at, {}, std::move(text)};
  }

  void add_members(node& to, const YAML::Node& from, int depth) {
    std::set<std::string> names;
    for (const auto& entry : from) {
      if (wrong) return;
      if (!entry.first.IsScalar()) return fail(place(entry.first.Mark()), "has a key that is no text");
      const std::string& name = entry.first.Scalar();
      if (name == "<<") continue;
      if (!names.insert(name).second) return fail(place(entry.first.Mark()), "has the key " + name + " twice");
      to.members.push_back({name, place(entry.first.Mark()), convert(entry.second, depth + 1)});
    }
    // What a merge key brings gives way to what stands there.
    for (const auto& entry : from) {
      if (wrong || !entry.first.IsScalar() || entry.first.Scalar() != "<<") continue;
      if (entry.second.IsMap()) merge(to, convert(entry.second, depth + 1), names);
      else if (entry.second.IsSequence())
        for (const auto& one : entry.second) merge(to, convert(one, depth + 1), names);
    }
  }

  static void merge(node& to, node from, std::set<std::string>& names) {
    for (member& m : from.members)
      if (names.insert(m.name).second) to.members.push_back(std::move(m));
  }

  static void set_scalar(node& to, const YAML::Node& from) {
    const std::string& text = from.Scalar();
    to.kind = node_kind::text;
    to.text = text;
    if (from.Tag() != "?") return;  // only plain scalars have this tag
    if (text == "true" || text == "false") {
      to.kind = node_kind::flag;
      to.flag = text == "true";
      return;
    }
    std::int64_t whole = 0;
    const char* first = text.data() + (text.starts_with('+') ? 1 : 0);
    const auto [end, ec] = std::from_chars(first, text.data() + text.size(), whole);
    if (ec != std::errc() || end != text.data() + text.size()) return;
    to.kind = node_kind::whole;
    to.whole = whole;
  }

  std::size_t count_ = 0;
};

}  // namespace

boost::system::result<node, finding> parse_yaml_document(std::string_view text) {
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    if (root.IsNull()) return node{};
    if (!root.IsMap()) return finding{place(root.Mark()), {}, "is no table; begin with tcp:, udp:, backends: or frontends:"};
    converter c;
    node out = c.convert(root);
    if (c.wrong) return std::move(*c.wrong);
    return out;
  } catch (const YAML::Exception& e) {
    return finding{place(e.mark), {}, e.msg};
  }
}

}  // namespace waggle::discovery::file
