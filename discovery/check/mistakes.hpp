// What a stack file shows and the running swarm cannot: mistakes that people make when they write one. Each has its own
// code and its fix. Pure.
#pragma once

#include "check/stack.hpp"

#include <waggle/model/verdict.hpp>

#include <vector>

namespace waggle::discovery::check {

/// @param state  what the translation says about the service, with its findings.
std::vector<model::diagnostic> mistakes_of(const stack& from, const stack_service& s, const model::verdict& state);

}  // namespace waggle::discovery::check
