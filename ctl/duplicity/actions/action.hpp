// How an action is called, and what it is given.
//
// An action reads the invocation, talks to the daemon, tells the reporter, and returns the exit
// status; whatever else ends it is a Fatal. It is called after the common start (common_start.hpp).
#pragma once

#include "ctl/duplicity/fatal.hpp"
#include "ctl/duplicity/invocation.hpp"
#include "ctl/duplicity/passphrases.hpp"
#include "ctl/duplicity/reporter.hpp"
#include "ctl/link/session.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/requests/request.hpp"
#include "proto/archive_params.hpp"
#include "proto/questions.hpp"

#include <vector>

namespace duplid::duplicity {

/// All that an action needs; each part outlives it.
struct Context {
    const Invocation& invocation;
    Reporter& reporter;
    ctl::Session& session;  ///< with a private daemon
    Passphrases& passphrases;
    ctl::Interrupts& interrupts;
    const ctl::Surroundings& here;
};

/// The part of a request for a run that says which archive. As with the reference, nobody waits for
/// the lock, and what the first request took is held until the invocation ends.
[[nodiscard]] proto::ArchiveParams archive_params(const Context& context);

/// What of the environment the targets may read, as members of a request.
[[nodiscard]] std::vector<ctl::SecretMember> variable_members(const Context& context);

/// archive_params() for a question, which cannot tell what it tries again: a refusal ends it.
[[nodiscard]] proto::ArchiveParams question_archive_params(const Context& context);

/// variable_members() with the passphrases.
[[nodiscard]] std::vector<ctl::SecretMember> secret_members(const Context& context);

/// The warning that scripts look for where --ignore-errors goes past something.
void tell_ignored(Context& context, const std::string& error);

// The actions. Each returns the exit status. Throw: Fatal, ctl::Failure, ctl::Interrupted.
/// `before` is what the target holds, as the common start found it.
int run_backup(Context& context, const proto::CollectionStatusReply& before);
int run_restore(Context& context, const proto::CollectionStatusReply& before);
int run_verify(Context& context, const proto::CollectionStatusReply& before);
int show_collection_status(Context& context, const proto::CollectionStatusReply& before);
int list_current_files(Context& context, const proto::CollectionStatusReply& before);
int run_cleanup(Context& context, const proto::CollectionStatusReply& before);
int run_removal(Context& context, const proto::CollectionStatusReply& before);
int run_replicate(Context& context, const proto::CollectionStatusReply& before);

}  // namespace duplid::duplicity
