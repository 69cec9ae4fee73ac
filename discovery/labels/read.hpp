// Reading one label's value into its place: one overload a type. Bad values leave the default and a complaint.
#pragma once

#include "labels/label_use.hpp"
#include "labels/label_notes.hpp"

#include <waggle/model/header_map.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

void read_value(label_notes& notes, const label_use& use, bool& slot);
void read_value(label_notes& notes, const label_use& use, int& slot);
void read_value(label_notes& notes, const label_use& use, std::int64_t& slot);
void read_value(label_notes& notes, const label_use& use, std::string& slot);
void read_value(label_notes& notes, const label_use& use, std::vector<std::string>& slot);
void read_value(label_notes& notes, const label_use& use, model::header_map& slot);

/// Text that never passed through Traefik's template.
void read_raw(label_notes& notes, const label_use& use, std::string& slot);
void read_raw_list(label_notes& notes, const label_use& use, std::vector<std::string>& slot);
void read_duration(label_notes& notes, const label_use& use, std::int64_t& slot);
/// A part of a rate set: bad numbers leave zero.
void read_rate(label_notes& notes, const label_use& use, std::int64_t& slot);

/// Resolves template escapes; a text that would break the template leaves a note and comes back as it is.
std::string read_template(label_notes& notes, const label_use& use, std::string_view text);

/// Text that stays text (the proxy reads it), but should be a duration.
void read_duration_text(label_notes& notes, const label_use& use, std::string& slot);

}  // namespace waggle::discovery
