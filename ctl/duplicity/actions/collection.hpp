// What is on the target, as the reference tells it.
#pragma once

#include "ctl/duplicity/actions/action.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace duplid::duplicity {

/// Whether there is anything to restore: a set that was interrupted is none.
[[nodiscard]] bool has_whole_set(const proto::CollectionStatusReply& found) noexcept;

/// Asks the daemon for the sets on the target, as the reference counts them: an interrupted set
/// that can be gone on with here is the last one of its chain (command-line.md 9.7).
/// Throws: ctl::Failure; busy when somebody else is at work on the archive.
[[nodiscard]] proto::CollectionStatusReply ask_collection(Context& context);

/// Of the newest full set; nothing when there is none.
[[nodiscard]] std::optional<std::int64_t>
last_full_time(const proto::CollectionStatusReply& found) noexcept;

/// One line for each increment, at level info.
void tell_chains(Context& context, const proto::CollectionStatusReply& found);

/// Warnings 2 to 6: signatures and sets that belong to no chain.
void warn_of_leftovers(Context& context, const proto::CollectionStatusReply& found);

/// INFO 3 with its payload and text; `forced` for the action of that name, else at level 8.
void tell_collection(Context& context, const proto::CollectionStatusReply& found, bool forced);

/// `text` with the password of a URL, if it is one with a password, as five stars.
[[nodiscard]] std::string without_password(const std::string& text);

}  // namespace duplid::duplicity
