// Room for temporary files, as the reference tells of it.
#pragma once

#include "ctl/duplicity/actions/action.hpp"

namespace duplid::duplicity {

/// What there is and what the reference would need (command-line.md 9.6), for backups and restores.
/// It refuses to run with less; here volumes for a local target are never in a temporary folder,
/// and what else needs one fails by itself when it is full.
void tell_temp_space(Context& context);

}  // namespace duplid::duplicity
