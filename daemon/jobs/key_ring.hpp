// Secrets that the desktop keeps: in the key ring that is unlocked when its owner logs in.
//
// Asked through secret-tool (libsecret), which any key ring answers that speaks the Secret Service
// interface: GNOME's, KDE's wallet, KeePassXC. An item of ours has the attributes
// application=duplid and name=NAME; "duplictl secret-store" makes it.
#pragma once

#include "daemon/jobs/job.hpp"
#include "proto/secret_text.hpp"

#include <stop_token>
#include <string>

namespace duplid::jobs {

/// What the key ring keeps under this name. One that is locked asks its owner, for a minute at
/// most. Throws: Error not_found when there is no such secret, or no secret-tool; wrong_secret when
/// the key ring does not open, or there is none; cancelled.
[[nodiscard]] proto::SecretText from_key_ring(const std::string& name, const std::stop_token& stop);

/// Throws: Error invalid, its object `part`, for what is no name that "duplictl secret-store"
/// takes.
void check_key_ring_name(const std::string& name, const std::string& part);

/// The system's daemon has no desktop. Throws: Error invalid, its object the member.
void check_key_rings_fit(const Job& job, bool is_system);

}  // namespace duplid::jobs
