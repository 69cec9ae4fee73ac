#include "file/section.hpp"

#include "labels/go_value.hpp"

#include <waggle/base/edit_distance.hpp>
#include <waggle/base/log.hpp>

#include <algorithm>
#include <cctype>
#include <limits>

namespace waggle::discovery::file {
namespace {

bool same_key(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y)); });
}

bool header_token(std::string_view text) {  // RFC 9110 §5.6.2
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

}  // namespace

const member* section::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  const member* found = nullptr;
  for (const member& m : table_.members) {
    if (!same_key(m.name, key)) continue;
    if (found == nullptr || m.name == key) found = &m;
  }
  return found;
}

bool section::has(std::string_view key) { return find(key) != nullptr; }

const node* section::value_at(std::string_view key, node_kind kind, std::string_view write) {
  const member* m = find(key);
  if (m == nullptr) return nullptr;
  if (m->value.kind == kind) return &m->value;
  fail(key, "is " + std::string(kind_name(m->value.kind)) + "; write " + std::string(write));
  return nullptr;
}

bool section::one_line(std::string_view key, const node& value) {
  if (value.text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos) return true;
  fail(key, "holds a line break; write it on one line");
  return false;
}

bool section::take(std::string_view key, std::string& slot) {
  const node* v = value_at(key, node_kind::text, "a text in quotes");
  if (v == nullptr || !one_line(key, *v)) return false;
  slot = v->text;
  return true;
}

void section::take_lines(std::string_view key, std::string& slot) {
  if (const node* v = value_at(key, node_kind::text, "a text in quotes")) slot = v->text;
}

void section::take(std::string_view key, bool& slot) {
  if (const node* v = value_at(key, node_kind::flag, "true or false, without quotes")) slot = v->flag;
}

void section::take(std::string_view key, std::int64_t& slot) {
  if (const node* v = value_at(key, node_kind::whole, "a whole number, without quotes")) slot = v->whole;
}

void section::take(std::string_view key, int& slot) {
  std::int64_t value = slot;
  take(key, value);
  using range = std::numeric_limits<int>;
  if (value < range::min() || value > range::max()) {
    fail(key, "is out of range: " + std::to_string(value));
    return;
  }
  slot = static_cast<int>(value);
}

void section::take(std::string_view key, std::vector<std::string>& slot) {
  const node* v = value_at(key, node_kind::list, "a list of texts: [\"…\", \"…\"]");
  if (v == nullptr) return;
  std::vector<std::string> out;
  for (const node& item : v->items) {
    if (item.kind != node_kind::text) {
      out_.errors.push_back({item.at, path_of(key), "holds " + std::string(kind_name(item.kind)) + "; write texts in quotes"});
      return;
    }
    if (!one_line(key, item)) return;
    out.push_back(item.text);
  }
  slot = std::move(out);
}

void section::take(std::string_view key, model::header_map& slot) {
  const node* v = table_at(key);
  if (v == nullptr) return;
  for (const member& m : v->members) {
    const std::string path = join(path_of(key), m.name);
    if (m.value.kind != node_kind::text) {
      out_.errors.push_back({m.value.at, path, "is " + std::string(kind_name(m.value.kind)) + "; write a text in quotes"});
    } else if (!header_token(m.name)) {
      out_.errors.push_back({m.at, path, base::go_quote(m.name) + " cannot be a header name; use letters, digits and -"});
    } else if (m.value.text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      out_.errors.push_back({m.value.at, path, "holds a line break; write it on one line"});
    } else {
      slot[canonical_header(m.name)] = m.value.text;
    }
  }
}

bool section::take_as_label(std::string_view key, std::string& slot) {
  const member* m = find(key);
  if (m == nullptr) return false;
  const node& v = m->value;
  switch (v.kind) {
    case node_kind::text: slot = v.text; return true;
    case node_kind::whole: slot = std::to_string(v.whole); return true;
    case node_kind::flag: slot = v.flag ? "true" : "false"; return true;
    case node_kind::list: {
      std::vector<std::string> items;
      const std::size_t before = out_.errors.size();
      take(key, items);
      slot.clear();
      for (const std::string& item : items) slot += (slot.empty() ? "" : ",") + item;
      return out_.errors.size() == before;
    }
    default: fail(key, "is " + std::string(kind_name(v.kind)) + "; write a text in quotes"); return false;
  }
}

void section::take_duration(std::string_view key, std::string& text) {
  const member* m = find(key);
  if (m == nullptr) return;
  if (m->value.kind == node_kind::whole) {
    text = std::to_string(m->value.whole);
    return;
  }
  const node* v = value_at(key, node_kind::text, "a duration such as \"10s\" or \"500ms\", or whole seconds");
  if (v == nullptr) return;
  if (const auto parsed = parse_go_duration(v->text); parsed.has_error()) {
    fail(key, parsed.error().reason + "; write 10s, 500ms or a number of seconds");
    return;
  }
  text = v->text;
}

void section::take_duration(std::string_view key, std::int64_t& nanoseconds) {
  std::string text;
  take_duration(key, text);
  if (text.empty()) return;
  if (const auto parsed = parse_go_duration(text); parsed.has_value()) nanoseconds = *parsed;
}

void section::fail(std::string_view key, std::string text) { out_.errors.push_back({place_of(key), path_of(key), std::move(text)}); }

void section::warn(std::string_view key, std::string text) { out_.warnings.push_back({place_of(key), path_of(key), std::move(text)}); }

void section::name_unknown() {
  for (const member& m : table_.members) {
    std::string_view nearest;
    std::size_t least = std::max<std::size_t>(2, m.name.size() / 3) + 1;
    for (const std::string& key : known_) {
      const std::size_t d = base::edit_distance(m.name, key, least - 1);
      if (d >= least) continue;
      least = d;
      nearest = key;
    }
    const member* used = least == 0 ? find(nearest) : nullptr;
    if (used == &m) continue;
    std::string text = used != nullptr ? "is there twice, as " + used->name + ", too; this one is ignored" : "is not known and ignored";
    if (used == nullptr && !nearest.empty()) text += "; did you mean " + std::string(nearest) + "?";
    out_.warnings.push_back({m.at, join(path_, m.name), std::move(text)});
  }
}

position section::place_of(std::string_view key) {
  const member* m = find(key);
  return m == nullptr ? table_.at : m->at;
}

std::string section::path_of(std::string_view key) {
  const member* m = find(key);
  return join(path_, m == nullptr ? key : std::string_view(m->name));
}

std::string section::join(const std::string& path, std::string_view key) {
  const std::string shown = bare_template_key(key) ? std::string(key) : base::go_quote(key);
  return path.empty() ? shown : path + '.' + shown;
}

}  // namespace waggle::discovery::file
