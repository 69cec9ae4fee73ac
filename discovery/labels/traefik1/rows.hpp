// The rows of the schema, by what they are about, and what they write with.
#pragma once

#include "labels/put.hpp"
#include "labels/schema.hpp"
#include "labels/traefik1/target.hpp"

#include <waggle/model/middleware/error_page.hpp>
#include <waggle/model/middleware/rate_limit.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <string>

namespace waggle::discovery::traefik1 {

using row = label_row<target>;
using group = target::group;

std::span<const row> service_rows() noexcept;
std::span<const row> backend_rows() noexcept;
std::span<const row> frontend_rows() noexcept;

/// put<&model::backend::health_check, &model::health_check::path>: the label's value goes there.
template <auto... Path>
inline constexpr auto put = &put_value<target, Path...>;
template <auto... Path>
inline constexpr auto put_duration = &put_duration_text<target, Path...>;
template <auto... Path>
inline constexpr auto put_raw = &put_raw_text<target, Path...>;
template <auto... Path>
inline constexpr auto put_list_raw = &put_raw_list<target, Path...>;
/// Only that the label is there counts.
inline void put_nothing(target&, const label_use&, label_notes&) {}

/// Says that the label has a newer spelling.
void deprecated(label_notes& notes, const label_use& use, const std::string& instead);

/// Traefik marks "no amount" by the smallest integer, which is also what a bad amount falls back to.
inline constexpr std::int64_t no_amount = std::numeric_limits<std::int64_t>::min();

/// Made when any label names it.
model::error_page& error_page_of(target& to, const std::string& name);
model::rate& rate_of(target& to, const std::string& name);

}  // namespace waggle::discovery::traefik1
