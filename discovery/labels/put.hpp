// How a row writes its value straight into an option: by the path of members that leads there. What is optional on the way is
// made; whether it stays is the dialect's to say when all labels are read.
#pragma once

#include "labels/read.hpp"

#include <optional>

namespace waggle::discovery {

template <class T>
T& made(T& value) {
  return value;
}
template <class T>
T& made(std::optional<T>& value) {
  return value ? *value : value.emplace();
}

namespace detail {

template <class Owner, class Member>
Owner owner_of(Member Owner::*);

template <auto First, auto... Rest, class T>
auto& follow(T& from) {
  auto& next = made(from.*First);
  if constexpr (sizeof...(Rest) == 0) return next;
  else return follow<Rest...>(next);
}

}  // namespace detail

/// reach<&model::backend::health_check, &model::health_check::path>(target): the struct of the first member is the target's part.
template <auto First, auto... Rest, class Target>
auto& reach(Target& to) {
  return detail::follow<First, Rest...>(to.template part<decltype(detail::owner_of(First))>());
}

template <class Target, auto... Path>
void put_value(Target& to, const label_use& use, label_notes& notes) {
  read_value(notes, use, reach<Path...>(to));
}
template <class Target, auto... Path>
void put_duration_text(Target& to, const label_use& use, label_notes& notes) {
  read_duration_text(notes, use, reach<Path...>(to));
}
template <class Target, auto... Path>
void put_raw_text(Target& to, const label_use& use, label_notes& notes) {
  read_raw(notes, use, reach<Path...>(to));
}
template <class Target, auto... Path>
void put_raw_list(Target& to, const label_use& use, label_notes& notes) {
  read_raw_list(notes, use, reach<Path...>(to));
}

}  // namespace waggle::discovery
