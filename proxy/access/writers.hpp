// The two formats of a line.
#pragma once

#include "access/calendar.hpp"
#include "access/connection_record.hpp"
#include "access/layout.hpp"
#include "access/line.hpp"
#include "access/record.hpp"
#include "access/server_texts.hpp"

#include <waggle/base/clock.hpp>

#include <cstdint>

namespace waggle::proxy::access {

/// What the writers keep from line to line. Thread: its worker's.
struct writer_memory {
  calendar times;
  server_texts servers;
};

void write_common(line& out, const layout& how, writer_memory& known, const record& r, std::uint64_t number, base::mono_time now);
void write_json(line& out, const layout& how, writer_memory& known, const record& r, std::uint64_t number, base::mono_time now);

// Of a connection below HTTP.
void write_common(line& out, const layout& how, writer_memory& known, const connection_record& r, std::uint64_t number, base::mono_time now);
void write_json(line& out, const layout& how, writer_memory& known, const connection_record& r, std::uint64_t number, base::mono_time now);

}  // namespace waggle::proxy::access
