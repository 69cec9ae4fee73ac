// One table of the file while it is being read: takes values out by key, with their types checked, and in the end names
// the keys that nobody asked for. Keys are found without regard to case, as Traefik 1 finds them.
#pragma once

#include "file/document.hpp"

#include <waggle/model/header_map.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::discovery::file {

// Large: one reader for each type of value that a file has; each is a line or two.
class section {
 public:
  /// All three outlive the section. @param path  its own key path; empty: the root.
  section(const node& table, std::string path, findings& out) : table_(table), path_(std::move(path)), out_(out) {}

  bool has(std::string_view key);

  // Absent key: `slot` stays as it is. Wrong type: an error, `slot` stays as it is.
  /// One line: line breaks are an error (they would end up in headers). @return whether there was such a text.
  bool take(std::string_view key, std::string& slot);
  void take_lines(std::string_view key, std::string& slot);
  void take(std::string_view key, bool& slot);
  void take(std::string_view key, int& slot);
  void take(std::string_view key, std::int64_t& slot);
  void take(std::string_view key, std::vector<std::string>& slot);
  void take(std::string_view key, model::header_map& slot);
  /// A text, a whole number, a boolean or a list of texts, as a label would write it. @return whether there was one
  bool take_as_label(std::string_view key, std::string& slot);
  void take_duration(std::string_view key, std::int64_t& nanoseconds);  ///< "10s", or whole seconds
  void take_duration(std::string_view key, std::string& text);          ///< likewise, kept as text

  /// A table with keys of ours: `read(section&)` if it is there.
  template <class Read>
  void within(std::string_view key, Read read) {
    if (const node* below = table_at(key)) {
      section inner(*below, path_of(key), out_);
      read(inner);
      inner.name_unknown();
    }
  }
  /// A list of tables: `read(section&)` for each.
  template <class Read>
  void each_item(std::string_view key, Read read) {
    const node* list = value_at(key, node_kind::list, "a list of tables");
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      section inner(list->items[i], path_of(key) + "[" + std::to_string(i) + "]", out_);
      if (list->items[i].kind != node_kind::table) {
        inner.fail("is " + std::string(kind_name(list->items[i].kind)) + "; write a table");
        continue;
      }
      read(inner);
      inner.name_unknown();
    }
  }
  bool has_table(std::string_view key) {
    const member* m = find(key);
    return m != nullptr && m->value.kind == node_kind::table;
  }
  /// A table whose members have names that users choose: `read(name, section&)` for each.
  template <class Read>
  void each(std::string_view key, Read read) {
    const node* below = table_at(key);
    if (below == nullptr) return;
    for (const member& m : below->members) {
      section inner(m.value, join(path_of(key), m.name), out_);
      if (m.value.kind != node_kind::table) {
        inner.fail("is " + std::string(kind_name(m.value.kind)) + "; write a table: [" + inner.path_ + "]");
        continue;
      }
      read(m.name, inner);
      inner.name_unknown();
    }
  }

  void fail(std::string text) { out_.errors.push_back({table_.at, path_, std::move(text)}); }
  void fail(std::string_view key, std::string text);
  void warn(std::string_view key, std::string text);
  /// A warning for each key that was not asked for, with the nearest one that was.
  void name_unknown();

 private:
  const member* find(std::string_view key);
  /// The value if it has that kind; else an error, or nothing if it is absent.
  const node* value_at(std::string_view key, node_kind kind, std::string_view write);
  const node* table_at(std::string_view key) { return value_at(key, node_kind::table, "a table"); }
  bool one_line(std::string_view key, const node& value);
  position place_of(std::string_view key);
  std::string path_of(std::string_view key);
  static std::string join(const std::string& path, std::string_view key);

  const node& table_;
  std::string path_;
  findings& out_;
  std::vector<std::string> known_;
};

}  // namespace waggle::discovery::file
