// The archive a request is about: the part that all archive methods have in common.
#pragma once

#include "proto/backend_params.hpp"
#include "proto/field.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace duplid::proto {

enum class Compression { fast, better, max, none };
[[nodiscard]] std::span<const Choice> choices_of(Compression) noexcept;

/// Members have the names of duplicity's options. Paths are absolute.
struct ArchiveParams {
    std::string target;  ///< URL as typed
    /// Where the caller stands, absolute: what `file://relative`, a relative source and relative
    /// names in rules start from.
    std::string working_directory;
    std::string archive_dir;  ///< cache root; empty: the instance's default
    std::string name;         ///< directory below it; empty: derived from the URL
    std::string file_prefix;
    std::string file_prefix_archive;
    std::string file_prefix_manifest;
    std::string file_prefix_signature;
    std::string time_separator = ":";
    bool short_filenames = false;
    bool old_filenames = false;

    bool encryption = true;
    std::vector<std::string> encrypt_key;
    std::vector<std::string> hidden_encrypt_key;
    std::string sign_key;
    SecretText passphrase;
    SecretText sign_passphrase;
    bool use_agent = false;
    std::string gpg_binary;
    std::string gpg_home;
    bool always_trust = false;
    std::vector<std::string> gpg_options;
    std::string encrypt_secret_keyring;

    Compression compression = Compression::fast;
    std::string tempdir;
    bool numeric_owner = false;
    std::uint32_t num_retries = 5;
    std::uint32_t backend_retry_delay = 30;  ///< seconds: the longest pause between two tries
    BackendParams backend;
    /// Also repeat what the target refused, or had no room for.
    bool retry_refused = false;
    /// End with `busy` instead of waiting for another run or program.
    bool no_wait = false;
    /// Leave the archive locked for this client's next requests; private instances only.
    bool keep_lock = false;

    /// Members of the object they appear in: there is no level of their own.
    void describe(Fields& fields);
    /// Those of them that a job has from run to run: all but the target, what only one request
    /// means, and secrets, which a job's file names but does not hold.
    void describe_lasting(Fields& fields);
};

}  // namespace duplid::proto
