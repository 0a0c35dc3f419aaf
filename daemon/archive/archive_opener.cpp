#include "daemon/archive/archive_opener.hpp"

#include "daemon/archive/remote_options.hpp"
#include "daemon/archive/secret.hpp"
#include "engine/codec/gpg_options.hpp"
#include "engine/naming/cache_name.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/registry.hpp"
#include "storage/remote/url.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <iterator>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace duplid::daemon {

namespace {

[[noreturn]] void refuse(const std::string& text, const std::string& object)
{
    throw Error{Error::Kind::invalid, text, object};
}

naming::Writing names_from(const proto::ArchiveParams& params)
{
    if (params.short_filenames && params.old_filenames) {
        refuse("short_filenames and old_filenames exclude each other", "short_filenames");
    }
    if (params.time_separator.size() != 1) {
        refuse("the time separator must be one byte", "time_separator");
    }
    naming::Writing names;
    names.style = params.short_filenames ? naming::Style::short_names
                  : params.old_filenames ? naming::Style::old_names
                                         : naming::Style::standard;
    names.time_separator = params.time_separator.front();
    names.prefixes.all = params.file_prefix;
    names.prefixes.archive = params.file_prefix_archive;
    names.prefixes.manifest = params.file_prefix_manifest;
    names.prefixes.signature = params.file_prefix_signature;
    return names;
}

/// What is installed beside this program, in the build tree as in a system (engine/codec).
std::string gpg_exec_path()
{
    std::array<char, PATH_MAX> path{};
    const auto bytes = ::readlink("/proc/self/exe", path.data(), path.size());
    if (bytes <= 0) {
        return {};
    }
    const std::string program{path.data(), static_cast<std::size_t>(bytes)};
    return program.substr(0, program.rfind('/')) + "/../" DUPLID_LIBEXEC "/duplid/gpg-exec";
}

codec::OpenPgpSettings encryption_from(const proto::ArchiveParams& params)
{
    codec::OpenPgpSettings settings;
    settings.recipients = params.encrypt_key;
    settings.hidden_recipients = params.hidden_encrypt_key;
    if (!params.sign_key.empty() && !codec::is_key_id(params.sign_key)) {
        throw Error{Error::Kind::invalid, "a sign key is named by 8, 16 or 40 hex digits",
                    params.sign_key, "gpg --list-secret-keys --keyid-format long shows them"};
    }
    settings.sign_key = params.sign_key;
    settings.passphrase = secret_from(params.passphrase);
    settings.sign_passphrase = secret_from(params.sign_passphrase);
    settings.gpg_binary = params.gpg_binary;
    settings.home = params.gpg_home;
    settings.use_agent = params.use_agent;
    settings.always_trust = params.always_trust;
    for (const auto& text : params.gpg_options) {
        auto words = codec::split_gpg_options(text);
        std::move(words.begin(), words.end(), std::back_inserter(settings.gpg_options));
    }
    codec::check_gpg_options(settings.gpg_options);
    settings.secret_keyring = params.encrypt_secret_keyring;
    settings.gpg_exec = gpg_exec_path();
    return settings;
}

std::optional<codec::Level> level_from(proto::Compression compression) noexcept
{
    switch (compression) {
    case proto::Compression::fast:
        return codec::Level::fast;
    case proto::Compression::better:
        return codec::Level::better;
    case proto::Compression::max:
        return codec::Level::max;
    case proto::Compression::none:
        break;
    }
    return std::nullopt;
}

cache::FileLock lock_directory(const cache::ArchiveDirectory& directory, bool no_wait,
                               const OpenOptions& options)
{
    try {
        return directory.lock();
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::busy || no_wait) {
            throw;
        }
    }
    options.on_wait("another program is at work in " + directory.path());
    return directory.lock_when_free(options.stop);
}

cache::FileLock lock_target(const ArchivePlace& place, const std::string& state_directory,
                            bool no_wait, const OpenOptions& options)
{
    try {
        return cache::lock_target(state_directory, place.canonical_target);
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::busy || no_wait) {
            throw;
        }
    }
    options.on_wait("another program is at work on " + place.shown_target);
    return cache::lock_target_when_free(state_directory, place.canonical_target, options.stop);
}

KeptLocks& kept_locks_of(const ArchiveDefaults& defaults)
{
    if (defaults.kept_locks == nullptr) {
        throw Error{Error::Kind::denied, "locks are kept by private instances only", "keep_lock",
                    "use duplid --private"};
    }
    return *defaults.kept_locks;
}

std::vector<cache::FileLock> take_locks(const proto::ArchiveParams& params,
                                        const ArchiveDefaults& defaults,
                                        const cache::ArchiveDirectory& directory,
                                        const OpenOptions& options)
{
    std::vector<cache::FileLock> locks;
    if (options.locking == Locking::none) {
        return locks;
    }
    const auto place = place_of(params, defaults);
    const auto name = directory.path() + '\n' + place.canonical_target;
    if (params.keep_lock && kept_locks_of(defaults).hold(name)) {
        return locks;
    }
    // In this order everywhere: archive_directory.hpp says why.
    locks.push_back(lock_directory(directory, params.no_wait, options));
    locks.push_back(lock_target(place, defaults.state_directory, params.no_wait, options));
    if (params.keep_lock) {
        kept_locks_of(defaults).keep(name, std::exchange(locks, {}));
    }
    return locks;
}

void check_temp_directory(const std::string& path)
{
    struct stat facts {};
    const bool is_there = ::stat(path.c_str(), &facts) == 0;
    if (!is_there || !S_ISDIR(facts.st_mode)) {
        throw Error{is_there ? Error::Kind::invalid : Error::Kind::not_found,
                    "there is no directory " + path + " for temporary files", path,
                    "make it, or name another one with --tempdir"};
    }
}

cache::ArchiveDirectory create_directory(const proto::ArchiveParams& params,
                                         const ArchiveDefaults& defaults)
{
    // First of all: without a place for temporary files there is nothing to make or lock.
    check_temp_directory(settings_from(params).temp_directory);
    const auto place = place_of(params, defaults);
    try {
        return cache::ArchiveDirectory::create(place.cache_root, place.cache_name);
    } catch (const Error& error) {
        throw Error{error.kind(), error.what(), place.cache_root + "/" + place.cache_name,
                    error.hint()}
            .with_detail("archive_directory", error.facts());
    }
}

}  // namespace

void check_absolute(const std::string& path, const std::string& what)
{
    if (!path.empty() && !path.starts_with('/')) {
        refuse(what + " must be an absolute path", path);
    }
}

std::vector<std::string> ArchivePlace::keys() const
{
    return {"directory " + cache_root + "/" + cache_name, "target " + canonical_target};
}

ArchivePlace place_of(const proto::ArchiveParams& params, const ArchiveDefaults& defaults)
{
    check_absolute(params.archive_dir, "archive_dir");
    check_absolute(params.working_directory, "working_directory");
    return {params.archive_dir.empty() ? defaults.cache_directory : params.archive_dir,
            params.name.empty() ? naming::cache_name_of_url(params.target) : params.name,
            remote::canonical(remote::parse_url(params.target), params.working_directory),
            remote::redacted(params.target)};
}

operation::ArchiveSettings settings_from(const proto::ArchiveParams& params)
{
    check_absolute(params.tempdir, "tempdir");
    check_absolute(params.gpg_home, "gpg_home");
    check_absolute(params.encrypt_secret_keyring, "encrypt_secret_keyring");
    operation::ArchiveSettings settings;
    settings.names = names_from(params);
    if (params.encryption) {
        settings.encryption = encryption_from(params);
    }
    const auto level = level_from(params.compression);
    if (!level && params.encryption) {
        refuse("compression can be left out only without encryption", "compression");
    }
    settings.compress = level.has_value();
    settings.level = level.value_or(codec::Level::fast);
    settings.temp_directory =
        params.tempdir.empty() ? io::default_temp_directory() : params.tempdir;
    settings.numeric_owner = params.numeric_owner;
    return settings;
}

std::unique_ptr<remote::Remote> open_target(const proto::ArchiveParams& params,
                                            const OpenOptions& options)
{
    remote::RetryOptions retry;
    retry.attempts = params.num_retries;
    retry.repeats_refusals = params.retry_refused;
    retry.delay_max = std::chrono::seconds{params.backend_retry_delay};
    retry.stop = options.stop;
    retry.on_failure = options.on_retry;
    RemoteSurroundings surroundings{.stop = options.stop,
                                    .limits = options.limits,
                                    .concurrency = options.concurrency,
                                    .on_notice = options.on_notice,
                                    .on_warning = options.on_warning};
    const auto asked_again = [retry](std::unique_ptr<remote::Remote> target) {
        return std::make_unique<remote::RetryingRemote>(std::move(target), retry);
    };
    auto target_options = remote_options(params, std::move(surroundings));
    // A target that is made of others has each of them asked again by itself.
    target_options.asked_again = asked_again;
    std::unique_ptr<remote::Remote> target =
        asked_again(remote::open(params.target, target_options));
    if (options.observer != nullptr) {
        target = std::make_unique<remote::ObservedRemote>(std::move(target), *options.observer);
    }
    return target;
}

OpenArchive::OpenArchive(const proto::ArchiveParams& params, const ArchiveDefaults& defaults,
                         codec::WorkerPool& pool, const OpenOptions& options)
    : OpenArchive{params, defaults, pool, options, [&](const cache::ArchiveDirectory& /*locked*/) {
                      return open_target(params, options);
                  }}
{
}

OpenArchive::OpenArchive(const proto::ArchiveParams& params, const ArchiveDefaults& defaults,
                         codec::WorkerPool& pool, const OpenOptions& options,
                         const MakeTarget& make_target)
    : directory_{create_directory(params, defaults)}, locks_{take_locks(params, defaults,
                                                                        directory_, options)},
      target_{make_target(directory_)}, archive_{*target_, directory_, pool, settings_from(params)}
{
    if (archive_.settings.encryption) {
        archive_.settings.encryption->stop = options.stop;
    }
}

codec::WorkerPool& SharedPool::get()
{
    const std::lock_guard lock{mutex_};
    return pools_.try_emplace(own_priority(), std::max(1U, std::thread::hardware_concurrency()))
        .first->second;
}

void SharedPool::end()
{
    const std::lock_guard lock{mutex_};
    pools_.clear();
}

}  // namespace duplid::daemon
