// The further words for gpg that --gpg-options gives.
#pragma once

#include "engine/codec/openpgp_settings.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::codec {

/// The words of one or more texts, cut at white space alone: quotes mean nothing, as for duplicity
/// 0.8.22 (seen with a --gpg-binary that writes down its arguments; command-line.md 2.3).
[[nodiscard]] std::vector<std::string> split_gpg_options(std::string_view text);

/// Throws: Error invalid for what would break the way we speak with gpg, or would show a secret to
/// everybody who can list processes.
void check_gpg_options(std::span<const std::string> options);

/// Whether `options`, or a gpg.conf of gpg's home, say how gpg is to compress. Our own packets
/// could not obey. Abbreviations count as well; what merely looks like such an option does no harm,
/// since gpg then does everything by itself.
[[nodiscard]] bool wants_gpg_to_pack(const OpenPgpSettings& settings);

/// Whether they say how often a passphrase is hashed to become a key.
[[nodiscard]] bool sets_count(const OpenPgpSettings& settings);

}  // namespace duplid::codec
