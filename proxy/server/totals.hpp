// Workers' counters → stats, added up over all of them.
#pragma once

#include "routing/table.hpp"

#include <waggle/proxy/stats.hpp>

#include <memory>
#include <vector>

namespace waggle::proxy {

class worker;
using all_workers = std::vector<std::unique_ptr<worker>>;

stats collect_totals(const all_workers& workers);

/// What each server has had, by its key. @param table  the newest; null before the first.
void add_server_stats(stats& to, const all_workers& workers, const std::shared_ptr<const routing::table>& table);

}  // namespace waggle::proxy
