// JSON text → the fields of one object type, by simdjson's on-demand walk: no tree is built, and what is not wanted is passed
// over in the index that it made. The place in the document is a dotted path of keys ("Status.ContainerStatus"; array elements
// share the path of their array); scalars are handed to the object under construction. The Engine's own keys hold no dots; keys
// of maps such as labels may, and are only ever read as the last part.
#pragma once

#include "docker/json_text.hpp"

#include <waggle/base/shared_text.hpp>

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::discovery {

/// @tparam Fields  what is done with what is found: on_text, on_number, on_flag, on_object, wants (see api_codec.cpp).
template <class Object, class Fields>
class json_reader {
 public:
  json_reader(Object& out, base::text_pool& pool) : out_(out), pool_(pool) {}

  bool read(std::string_view text) {
    // Kept for the next element: a list has a hundred thousand of them.
    thread_local simdjson::ondemand::parser parser;
    thread_local std::string room;
    room.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    room.assign(text);
    simdjson::ondemand::document document;
    simdjson::error_code bad = parser.iterate(room.data(), room.size(), room.capacity()).get(document);
    if (bad == simdjson::UTF8_ERROR) {  // one garbled label must not spoil a whole list
      const std::string clean = json_text::with_replacements(text);
      room.reserve(clean.size() + simdjson::SIMDJSON_PADDING);
      room.assign(clean);
      bad = parser.iterate(room.data(), room.size(), room.capacity()).get(document);
    }
    simdjson::ondemand::object whole;
    if (!bad) bad = document.get_object().get(whole);
    if (!bad) bad = members(whole);
    if (!bad && document.current_location().error() != simdjson::OUT_OF_BOUNDS) bad = simdjson::TRAILING_CONTENT;
    if (!bad) return true;
    error = std::string("not JSON: ") + simdjson::error_message(bad);
    return false;
  }
  std::string error;

 private:
  using error_code = simdjson::error_code;

  error_code text_of(simdjson::ondemand::value& v, std::string_view& out) {
    if (!v.get_string().get(out)) return simdjson::SUCCESS;
    // Half a pair of \u escapes reads as U+FFFD, as Go has it; simdjson of this version refuses it.
    std::string_view token = v.raw_json_token();
    const auto end = token.rfind('"');
    if (end == std::string_view::npos || end == 0) return simdjson::STRING_ERROR;
    return json_text::decode_string(token.substr(1, end - 1), room_, out) ? simdjson::SUCCESS : simdjson::STRING_ERROR;
  }

  // Only whole numbers from 0 on are handed over: nothing we read is anything else.
  error_code number_of(simdjson::ondemand::value& v) {
    std::uint64_t n = 0;
    if (!v.get_uint64().get(n)) {
      Fields::on_number(out_, path_, key_, n);
      return simdjson::SUCCESS;
    }
    simdjson::ondemand::number other;
    const error_code bad = v.get_number().get(other);
    return bad && !json_text::is_long_number(v.raw_json_token()) ? bad : simdjson::SUCCESS;
  }

  error_code value(simdjson::ondemand::value v) {
    simdjson::ondemand::json_type type;
    if (const error_code bad = v.type().get(type)) return bad;
    switch (type) {
      case simdjson::ondemand::json_type::object: {
        const entered here(*this);
        if (!here.wanted) return simdjson::SUCCESS;  // passed over with the next step
        Fields::on_object(out_, path_);
        simdjson::ondemand::object o;
        if (const error_code bad = v.get_object().get(o)) return bad;
        return members(o);
      }
      case simdjson::ondemand::json_type::array: {
        const entered here(*this);
        if (!here.wanted) return simdjson::SUCCESS;
        simdjson::ondemand::array a;
        if (const error_code bad = v.get_array().get(a)) return bad;
        for (auto element : a) {
          key_.clear();
          simdjson::ondemand::value e;
          if (const error_code bad = element.get(e)) return bad;
          if (const error_code bad = value(e)) return bad;
        }
        return simdjson::SUCCESS;
      }
      case simdjson::ondemand::json_type::string: {
        std::string_view said;
        if (const error_code bad = text_of(v, said)) return bad;
        Fields::on_text(out_, path_, key_, said, pool_);
        return simdjson::SUCCESS;
      }
      case simdjson::ondemand::json_type::number: return number_of(v);
      case simdjson::ondemand::json_type::boolean: {
        bool flag = false;
        if (const error_code bad = v.get_bool().get(flag)) return bad;
        Fields::on_flag(out_, path_, key_, flag);
        return simdjson::SUCCESS;
      }
      case simdjson::ondemand::json_type::null: {
        bool is_null = false;
        if (const error_code bad = v.is_null().get(is_null)) return bad;
        return is_null ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
      }
    }
    return simdjson::TAPE_ERROR;
  }

  error_code members(simdjson::ondemand::object o) {
    for (auto member : o) {
      std::string_view name;
      if (const error_code bad = member.unescaped_key().get(name)) return bad;
      key_.assign(name);
      simdjson::ondemand::value v;
      if (const error_code bad = member.value().get(v)) return bad;
      if (const error_code bad = value(v)) return bad;
    }
    return simdjson::SUCCESS;
  }

  // The path with the key of a container, while it is read.
  struct entered {
    explicit entered(json_reader& r) : of(r), mark(r.path_.size()) {
      if (r.key_.empty()) return;
      if (!r.path_.empty()) r.path_ += '.';
      r.path_ += r.key_;
      wanted = Fields::wants(r.out_, r.path_);
    }
    ~entered() { of.path_.resize(mark); }
    entered(const entered&) = delete;
    json_reader& of;
    std::size_t mark;
    bool wanted = true;
  };

  Object& out_;
  base::text_pool& pool_;
  std::string path_, key_, room_;
};

}  // namespace waggle::discovery
