#include "ctl/duplicity/actions/action.hpp"

#include "ctl/words/option_values.hpp"
#include "proto/target_variables.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

namespace duplid::duplicity {

namespace {

/// A name without a slash is looked for in PATH.
std::string program(const std::string& name, const ctl::Surroundings& here)
{
    return name.find('/') == std::string::npos ? name : ctl::absolute(name, here);
}

void fill_encryption(proto::ArchiveParams& archive, const Context& context)
{
    const auto& invocation = context.invocation;
    archive.encryption = invocation.encryption;
    archive.encrypt_key = invocation.encrypt_key;
    archive.hidden_encrypt_key = invocation.hidden_encrypt_key;
    archive.sign_key = invocation.sign_key;
    archive.use_agent = invocation.use_agent;
    archive.gpg_binary = program(invocation.gpg_binary, context.here);
    archive.gpg_options = invocation.gpg_options;
    archive.encrypt_secret_keyring = ctl::absolute(invocation.encrypt_secret_keyring, context.here);
}

void fill_places(proto::BackendParams& backend, const ctl::Surroundings& here)
{
    backend.ssl_cacert_file = ctl::absolute(backend.ssl_cacert_file, here);
    backend.ssl_cacert_path = ctl::absolute(backend.ssl_cacert_path, here);
    backend.scp_command = program(backend.scp_command, here);
    backend.sftp_command = program(backend.sftp_command, here);
}

/// What 0.8.22 cuts for Swift without being told (command-line.md 2.5): what is a tenth larger than
/// a volume may be. In practice these are signatures, and never volumes.
void fill_segments(proto::BackendParams& backend, const Invocation& invocation)
{
    constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
    constexpr std::uint64_t segment_mebibytes_max = 5 * 1024;
    if (backend.mp_segment_size != 0 || invocation.compat.is_modern()) {
        return;
    }
    const auto bytes = invocation.volsize_bytes + invocation.volsize_bytes / 10;
    backend.mp_segment_size = static_cast<std::uint32_t>(
        std::min((bytes + mebibyte - 1) / mebibyte, segment_mebibytes_max));
}

/// The first of the variables that names a directory to write to, as Python looks for it; else the
/// /tmp.
std::string temp_directory()
{
    for (const char* const name : {"TMPDIR", "TEMP", "TMP"}) {
        const char* const value = std::getenv(name);
        std::error_code error;
        if (value != nullptr && *value != '\0' && std::filesystem::is_directory(value, error) &&
            ::access(value, W_OK | X_OK) == 0) {
            return value;
        }
    }
    return "/tmp";
}

}  // namespace

proto::ArchiveParams archive_params(const Context& context)
{
    const auto& invocation = context.invocation;
    proto::ArchiveParams archive;
    archive.target = invocation.target;
    archive.working_directory = context.here.working_directory;
    archive.archive_dir = ctl::absolute(invocation.archive_dir, context.here);
    archive.name = invocation.name;
    archive.file_prefix = invocation.file_prefix;
    archive.file_prefix_archive = invocation.file_prefix_archive;
    archive.file_prefix_manifest = invocation.file_prefix_manifest;
    archive.file_prefix_signature = invocation.file_prefix_signature;
    archive.time_separator = std::string(1, invocation.time_separator);
    archive.short_filenames = invocation.short_filenames;
    archive.old_filenames = invocation.old_filenames && !invocation.short_filenames;
    fill_encryption(archive, context);
    // Encrypted files are compressed by the format itself: the option means nothing to them.
    if (!invocation.compression && !invocation.encryption) {
        archive.compression = proto::Compression::none;
    }
    archive.tempdir = ctl::absolute(
        invocation.tempdir.empty() ? temp_directory() : invocation.tempdir, context.here);
    archive.numeric_owner = invocation.numeric_owner;
    archive.num_retries = invocation.num_retries;
    archive.backend_retry_delay = invocation.backend_retry_delay;
    archive.backend = invocation.backend;
    fill_places(archive.backend, context.here);
    fill_segments(archive.backend, invocation);
    archive.retry_refused = true;
    archive.no_wait = true;
    archive.keep_lock = true;
    return archive;
}

std::vector<ctl::SecretMember> variable_members(const Context& context)
{
    const auto& invocation = context.invocation;
    const bool gio = invocation.backend.gio;
    return ctl::variables_for(context.passphrases.secrets(),
                              proto::kinds_of(invocation.target, gio) |
                                  proto::kinds_of(invocation.source_url, gio));
}

proto::ArchiveParams question_archive_params(const Context& context)
{
    auto archive = archive_params(context);
    archive.retry_refused = false;
    return archive;
}

void tell_ignored(Context& context, const std::string& error)
{
    context.reporter.warning(
        fmt::format("IGNORED_ERROR: Warning: ignoring error as requested: {}", error));
}

std::vector<ctl::SecretMember> secret_members(const Context& context)
{
    auto members = variable_members(context);
    if (context.invocation.encryption) {
        const auto& secrets = context.passphrases.secrets();
        members.push_back({"passphrase", secrets.passphrase});
        members.push_back({"sign_passphrase", secrets.sign_passphrase});
    }
    return members;
}

}  // namespace duplid::duplicity
