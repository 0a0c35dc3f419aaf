// One archive as an operation sees it: its target, its cache directory, and how its files are
// named, compressed and encrypted.
#pragma once

#include "engine/codec/deflate.hpp"
#include "engine/codec/encryptor.hpp"
#include "engine/codec/openpgp.hpp"
#include "engine/codec/worker_pool.hpp"
#include "engine/naming/name.hpp"
#include "storage/cache/archive_directory.hpp"
#include "storage/remote/remote.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace duplid::operation {

/// How an archive is written and read. Plain data; the daemon fills it from a request.
struct ArchiveSettings {
    naming::Writing names;
    /// Set: everything on the target goes through OpenPGP. Not set: --no-encryption.
    std::optional<codec::OpenPgpSettings> encryption;
    /// false: --no-compression (only without encryption).
    bool compress = true;
    codec::Level level = codec::Level::fast;
    /// Where volumes that are fetched or decrypted are put for a while.
    std::string temp_directory;
    /// Use recorded numbers, not names, of owners (--numeric-owner).
    bool numeric_owner = false;
};

/// Everything an operation works with. Made by the daemon for one run; the referents outlive it.
/// The cache directory is locked by whoever made this, except for operations that say it need not
/// be.
struct Archive {
    remote::Remote& target;
    cache::ArchiveDirectory& directory;
    codec::WorkerPool& pool;
    ArchiveSettings settings;
    /// Made by encryptor_of(), when the first file is about to be written.
    std::unique_ptr<codec::Encryptor> encryptor = nullptr;
};

}  // namespace duplid::operation
