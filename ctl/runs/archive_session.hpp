// Questions about archives: a passphrase is asked for only when the answer turns out to need one.
#pragma once

#include "ctl/link/instance.hpp"
#include "ctl/link/session.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/requests/request.hpp"
#include "ctl/runs/follow_run.hpp"
#include "ctl/runs/verb_parts.hpp"
#include "ctl/secrets/secrets.hpp"
#include "ctl/words/command_line.hpp"
#include "proto/archive_params.hpp"

#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace duplid::ctl {

/// Somebody who answers questions about one archive. Questions that follow each other are cheaper
/// by one of these: a private daemon is started once.
class ArchiveSession {
public:
    /// All outlive this object; `archive` is completed. Throws: Failure; Interrupted.
    ArchiveSession(const CommandLine& line, const Look& look, Interrupts& interrupts,
                   proto::ArchiveParams& archive)
        : interrupts_{interrupts}, secrets_{secrets_for(archive, interrupts)},
          chosen_{open_archive_instance(line, look, interrupts, archive)}
    {
    }

    /// Returns the reply. Entries that come before it go to `on_notification`. The passphrase is
    /// asked for when only it is missing: mostly the cache knows the answer.
    /// Throws: Failure; Interrupted.
    template <class Params>
    [[nodiscard]] nlohmann::json ask(std::string_view method, Params params,
                                     const Session::Handler& on_notification)
    {
        while (true) {
            try {
                return chosen_.session->call_json(method, proto::write_message(params),
                                                  members_of(secrets_, params.archive),
                                                  on_notification);
            } catch (const Failure& failure) {
                if (failure.error().kind != proto::ErrorKind::wrong_secret ||
                    !ask_for_reading(secrets_, params.archive, interrupts_)) {
                    throw;
                }
            }
        }
    }

private:
    Interrupts& interrupts_;
    Secrets secrets_;
    Chosen chosen_;
};

/// One question, see ArchiveSession.
template <class Params>
[[nodiscard]] nlohmann::json ask_archive(const CommandLine& line, const Look& look,
                                         Interrupts& interrupts, std::string_view method,
                                         Params params, const Session::Handler& on_notification)
{
    ArchiveSession session{line, look, interrupts, params.archive};
    return session.ask(method, std::move(params), on_notification);
}

}  // namespace duplid::ctl
