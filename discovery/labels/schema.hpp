// THE table of a dialect's labels: key, type, default, help and how a value is put into what the labels ask for. Parsing, hints
// for misspelt keys and the documentation all read it.
//
// A dialect's Target is what its labels are read into: it names `group` (an enum: labels whose complaints belong together),
// notes_of(group), and part<T>() for each struct that rows write into (model::backend, model::frontend, …).
#pragma once

#include "labels/label_index.hpp"
#include "labels/label_notes.hpp"
#include "labels/label_use.hpp"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

enum class label_place : std::uint8_t { service, segment };

template <class Target>
struct label_row {
  std::string_view key;       ///< "<name>" stands for a part without dots or blanks
  std::string_view type;      ///< "bool", "int", "list", …: for people
  std::string_view fallback;  ///< default: for people
  typename Target::group group;
  label_place place;  ///< segment: also as traefik.<segment>.…
  std::string_view help;
  void (*apply)(Target&, const label_use&, label_notes&);
};

template <class Target>
class label_schema {
 public:
  using row = label_row<Target>;

  explicit label_schema(std::initializer_list<std::span<const row>> parts) {
    for (const auto& part : parts) rows_.insert(rows_.end(), part.begin(), part.end());
    for (const row& r : rows_) index_.add(r.key);
  }

  /// In the order of the documentation.
  std::span<const row> rows() const noexcept { return rows_; }

  /// The row of a plain key, or nullptr. @param part  receives what stands for <name>.
  const row* find(std::string_view key, std::string_view& part) const noexcept {
    const std::size_t at = index_.find(key, part);
    return at == label_index::none ? nullptr : &rows_[at];
  }

  /// The known key most like `key`, or empty if none is near.
  std::string nearest(std::string_view key) const { return index_.nearest(key); }

  /// Reads one label into `to`. @return false: no row has this key.
  bool apply(Target& to, std::string_view key, std::string_view given, std::string_view value) const {
    std::string_view part;
    const row* found = find(key, part);
    if (found == nullptr) return false;
    found->apply(to, {key, given, value, part}, to.notes_of(found->group));
    return true;
  }

 private:
  std::vector<row> rows_;
  label_index index_;
};

}  // namespace waggle::discovery
