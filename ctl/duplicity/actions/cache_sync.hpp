// The cache of manifests and signatures, brought in line with the target before an action.
#pragma once

#include "ctl/duplicity/actions/action.hpp"

namespace duplid::duplicity {

/// Tells what is missing and what is too much, and then, unless this is a dry run, fetches and
/// removes it (command-line.md 5.7). Asks for the passphrase when it is needed for that. Whether
/// anything was changed. Throws: Fatal; ctl::Failure; ctl::Interrupted.
bool synchronise_cache(Context& context, const proto::CollectionStatusReply& found);

}  // namespace duplid::duplicity
