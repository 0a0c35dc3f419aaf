// The target that the conformance suite runs against, as its environment says:
//
//   DUPLID_CONFORMANCE_URL        unset: a directory of this test's own; "memory:"; else any URL
//   DUPLID_CONFORMANCE_OPTIONS    JSON object: members of the protocol's backend parameters
//   DUPLID_CONFORMANCE_VARIABLES  JSON object: the caller's environment variables
//   DUPLID_CONFORMANCE_PLACE      "directory" (or unset): each case has a directory below the URL
//   to
//                                 itself; "same": each case empties the URL's own place first
//   DUPLID_CONFORMANCE_EXCLUDE    words of `abilities`, parted by blanks: what the protocol cannot
//   do DUPLID_CONFORMANCE_FILES      how many files make a long listing (5000)
//   DUPLID_CONFORMANCE_LARGE      bytes of a file that is larger than one part (6000001)
//   DUPLID_CONFORMANCE_HUGE       bytes of a file with holes; unset: none is tried
//   DUPLID_CONFORMANCE_RESTART    a shell's command that restarts the server
//   DUPLID_CONFORMANCE_FLAKY      PORT CONTROL_PORT SERVER_PORT: a fault proxy
//   (tests/servers/flaky.sh)
//                                 that forwards PORT to the server's
#pragma once

#include "storage/remote/options.hpp"
#include "storage/remote/remote.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::storage_tests {

/// What a protocol may be excused from, each excuse stated by its test and printed by the program.
inline constexpr std::array<std::string_view, 14> abilities{
    "blanks",            // names with blanks, also at their ends
    "shell-characters",  // names with what means something to a shell, and backslashes
    "url-characters",    // names with % + # ? & = ~ and their kind
    "utf-8",             // names with letters beyond ASCII
    "other-bytes",       // names that are no UTF-8
    "newlines",          // names with CR and LF
    "control-bytes",     // names with all others below 32, and 127
    "leading-dash",      // "-rf"
    "leading-dot",       // ".hidden"
    "case",              // "A" and "a" are two names
    "long-names",        // 255 bytes
    "empty-files",       // of 0 bytes
    "atomic-replace",    // while a file is replaced, readers see the old or the new one
    "ordered-removal",   // one after another, not in one batch
};

struct Settings {
    std::string url{};
    remote::RemoteOptions options{};
    bool own_directories = true;
    std::string excluded{};
    std::uint32_t files = 5'000;
    std::uint64_t large_bytes = 6'000'001;
    std::optional<std::uint64_t> huge_bytes{};
    std::string restart{};

    struct Flaky {
        std::string url;
        remote::RemoteOptions options;
        std::uint16_t control_port;
    };
    std::optional<Flaky> flaky{};

    [[nodiscard]] bool can(std::string_view ability) const;
};

/// Read once, from the environment.
[[nodiscard]] const Settings& settings();

/// An empty place, and emptied again when it goes. open() reaches it, as often as one likes.
class Target {
public:
    Target();
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    ~Target();

    [[nodiscard]] std::unique_ptr<remote::Remote> open() const;
    /// The same place through the fault proxy. Only where there is one.
    [[nodiscard]] std::unique_ptr<remote::Remote> open_through_proxy() const;

private:
    struct Place;
    std::unique_ptr<Place> place_;
};

}  // namespace duplid::storage_tests
