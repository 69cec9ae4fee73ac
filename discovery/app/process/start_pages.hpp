// What only the start needed.
#pragma once

namespace waggle::app {

/// Takes the pages of code and constants out of this process's memory; those that are still needed come back from the page cache
/// one by one, at about half a microsecond for sixteen. Some forty libraries (libcurl's, mostly) are relocated and initialised at
/// the start and hardly used again: half of what the process had in memory. Thread: any; others go on meanwhile.
void drop_startup_pages() noexcept;

}  // namespace waggle::app
