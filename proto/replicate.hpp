// replicate: copies the sets of one archive to another target.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/report.hpp"
#include "proto/run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

/// `archive` is the destination. What is not said of the source (temporary directory, gpg, caches)
/// is the same for both.
struct ReplicateParams {
    ArchiveParams archive;
    std::string source;       ///< URL as typed
    std::string source_name;  ///< directory of its cache; empty: derived from the URL
    std::string source_file_prefix;
    std::string source_file_prefix_archive;
    std::string source_file_prefix_manifest;
    std::string source_file_prefix_signature;
    bool source_encryption = true;
    std::vector<std::string> source_encrypt_key;
    std::vector<std::string> source_hidden_encrypt_key;
    std::string source_sign_key;
    SecretText source_passphrase;  ///< not set: that of the destination

    std::optional<std::int64_t> time;  ///< epoch seconds; not set: all sets
    Lifetime lifetime = Lifetime::attached;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
