#include <waggle/http/message.hpp>

#include <algorithm>
#include <array>

namespace waggle::http {
namespace {

/// The id of what a server may take the name for.
field_id folded_id(std::string_view name) noexcept {
  std::array<char, 64> room;
  if (name.size() > room.size()) return field_id::other;
  std::transform(name.begin(), name.end(), room.begin(), [](char c) { return folded(c); });
  return classify({room.data(), name.size()});
}

constexpr std::uint64_t bit_of(field_id id) noexcept { return std::uint64_t{1} << static_cast<unsigned>(id); }

}  // namespace

void field_lines::make_room() {
  const std::size_t more = count_ + std::max<std::size_t>(8, count_ / 2);
  field* const larger = memory_->take_array<field>(more);
  std::copy_n(lines_, count_, larger);
  lines_ = larger;
  room_ = more;
}

void field_lines::remove(std::string_view name) {
  if (is_fixed(classify(name))) return;
  edited_ |= bit_of(field_id::other) | bit_of(folded_id(name));
  field* const end = std::remove_if(lines_, lines_ + count_, [name](const field& f) { return !is_fixed(f.id) && reads_as(f.name, name); });
  count_ = static_cast<std::size_t>(end - lines_);
}

void field_lines::add(std::string_view name, std::string_view value) {
  const field_id id = classify(name);
  if (is_fixed(id)) return;
  edited_ |= bit_of(field_id::other) | bit_of(folded_id(name));
  push({memory_->keep(name), memory_->keep(value), id, field_origin::ours});
}

void field_lines::set(std::string_view name, std::string_view value) {
  remove(name);
  if (!value.empty()) add(name, value);
}

}  // namespace waggle::http
