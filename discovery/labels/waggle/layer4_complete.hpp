// Options of TCP and UDP services that depend on each other: once, after all labels of a set were read. Pure.
#pragma once

#include "labels/label_set.hpp"
#include "labels/waggle/layer4_target.hpp"

namespace waggle::discovery::waggle_labels {

/// Defaults that depend on another label, and findings about labels that change nothing.
void complete(tcp_target& of, const label_set& labels);
void complete(udp_target& of, const label_set& labels);

}  // namespace waggle::discovery::waggle_labels
