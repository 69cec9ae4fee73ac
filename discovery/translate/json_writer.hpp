// Writes JSON in the order it is told, leaving out what is empty: Go's `omitempty`.
#pragma once

#include <waggle/discovery/traefik_json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::discovery {

class json_object {
 public:
  json_object() { text_ = "{"; }
  std::string done() && {
    text_ += '}';
    return std::move(text_);
  }
  /// A finished JSON value.
  json_object& raw(std::string_view key, std::string_view json) {
    if (text_.size() > 1) text_ += ',';
    text_ += go_json_string(key);
    text_ += ':';
    text_ += json;
    return *this;
  }
  json_object& always(std::string_view key, std::int64_t v) { return raw(key, std::to_string(v)); }
  json_object& always(std::string_view key, bool v) { return raw(key, v ? "true" : "false"); }
  json_object& text(std::string_view key, std::string_view v) { return v.empty() ? *this : raw(key, go_json_string(v)); }
  json_object& number(std::string_view key, std::int64_t v) { return v == 0 ? *this : always(key, v); }
  json_object& flag(std::string_view key, bool v) { return v ? always(key, v) : *this; }
  json_object& list(std::string_view key, const std::vector<std::string>& v) {
    if (v.empty()) return *this;
    std::string out = "[";
    for (const auto& x : v) {
      if (out.size() > 1) out += ',';
      out += go_json_string(x);
    }
    return raw(key, out + "]");
  }
  json_object& strings(std::string_view key, const std::map<std::string, std::string>& v) {
    if (v.empty()) return *this;
    json_object inner;
    for (const auto& [name, value] : v) inner.raw(name, go_json_string(value));
    return raw(key, std::move(inner).done());
  }

 private:
  std::string text_;
};

}  // namespace waggle::discovery
