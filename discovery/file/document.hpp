// A TOML text as a plain tree that remembers where everything stands. Knows no key; the only file that sees the TOML
// library is document.cpp.
#pragma once

#include "file/findings.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery::file {

enum class node_kind : std::uint8_t { table, list, text, whole, flag, other };  // other: real numbers, dates

struct member;

struct node {
  node_kind kind = node_kind::table;
  position at;
  std::string text;
  std::int64_t whole = 0;
  bool flag = false;
  std::vector<node> items;      ///< of a list
  std::vector<member> members;  ///< of a table, sorted by name
};

struct member {
  std::string name;
  position at;  ///< of the key
  node value;
};

/// @return the root table, or what is not TOML and where.
boost::system::result<node, finding> parse_document(std::string_view text);

/// "a table", "a list", …
std::string_view kind_name(node_kind kind) noexcept;

}  // namespace waggle::discovery::file
