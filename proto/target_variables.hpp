// The one table of the environment variables that targets read.
//
// A daemon does not look into its own environment for them (backends.md 1.3): a client collects
// those that its target may read and sends them with the request. Sources: backends.md 3 to 6,
// command-line.md 8.3 and 9.1.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace duplid::proto {

/// What reads a variable, as bits: kinds of targets, each for all URL schemes of one service.
enum class TargetKind : std::uint32_t {
    local = 1U << 0U,  ///< reads none
    ssh = 1U << 1U,
    ftp = 1U << 2U,
    rsync = 1U << 3U,
    webdav = 1U << 4U,
    imap = 1U << 5U,
    s3 = 1U << 6U,
    google_storage = 1U << 7U,
    azure = 1U << 8U,
    b2 = 1U << 9U,
    swift = 1U << 10U,
    ovh_archive = 1U << 11U,
    cloud_files = 1U << 12U,
    rclone = 1U << 13U,
    gio = 1U << 14U,
    dropbox = 1U << 15U,
    onedrive = 1U << 16U,
    google_drive = 1U << 17U,
    box = 1U << 18U,
    mega = 1U << 19U,
    mediafire = 1U << 20U,
    jottacloud = 1U << 21U,
    idrive = 1U << 22U,
    slate = 1U << 23U,
    /// Programs or nodes on this machine that are reached without variables of their own.
    program = 1U << 24U,
};

using TargetKinds = std::uint32_t;

constexpr TargetKinds operator|(TargetKind left, TargetKind right) noexcept
{
    return static_cast<TargetKinds>(left) | static_cast<TargetKinds>(right);
}
constexpr TargetKinds operator|(TargetKinds left, TargetKind right) noexcept
{
    return left | static_cast<TargetKinds>(right);
}
constexpr bool contains(TargetKinds kinds, TargetKind kind) noexcept
{
    return (kinds & static_cast<TargetKinds>(kind)) != 0;
}

/// All but `local`.
inline constexpr TargetKinds remote_kinds = ((1U << 25U) - 1U) & ~1U;

/// What the target of a URL may turn out to be: one kind for most, that of the inner URL for
/// "par2+", with what programs need; all for "multi:", whose members only the daemon reads. Nothing
/// for a scheme that nobody knows. `through_gio`: --gio was given.
[[nodiscard]] TargetKinds kinds_of(std::string_view url, bool through_gio) noexcept;

struct TargetVariable {
    /// With a `*` at its end all that begin with the rest.
    std::string_view name;
    TargetKinds readers;
    /// Holds a password or key: it is not left in anybody's environment.
    bool is_secret;
};

[[nodiscard]] std::span<const TargetVariable> target_variables() noexcept;

/// The first row that a name fits; null when no target reads it.
[[nodiscard]] const TargetVariable* target_variable(std::string_view name) noexcept;

/// Whether a variable must not be left in an environment: the secret ones of the table, and those
/// that duplicity takes passphrases from (command-line.md 9.1).
[[nodiscard]] bool is_secret_variable(std::string_view name) noexcept;

}  // namespace duplid::proto
