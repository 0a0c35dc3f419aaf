#include "proto/archive_params.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::size_t keys_max = 100;
constexpr std::size_t gpg_options_max = 100;

constexpr std::array compressions{
    Choice{static_cast<int>(Compression::fast), "fast"},
    Choice{static_cast<int>(Compression::better), "better"},
    Choice{static_cast<int>(Compression::max), "max"},
    Choice{static_cast<int>(Compression::none), "none"},
};

}  // namespace

std::span<const Choice> choices_of(Compression) noexcept
{
    return compressions;
}

void ArchiveParams::describe(Fields& fields)
{
    fields.path({"target", "URL of the archive", true}, target);
    fields.path({"working_directory", "absolute; what relative paths start from"},
                working_directory);
    describe_lasting(fields);
    fields.member({"passphrase", "for symmetric encryption, or the key that decrypts"}, passphrase);
    fields.member({"sign_passphrase", "for sign_key; default: passphrase"}, sign_passphrase);
    backend.describe_variables(fields);
    fields.member({"no_wait", "end as busy instead of waiting for another run or program"},
                  no_wait);
    fields.member(
        {"keep_lock", "keep the archive locked until the instance ends; private ones only"},
        keep_lock);
}

void ArchiveParams::describe_lasting(Fields& fields)
{
    fields.path({"archive_dir", "root of the caches, absolute; default: as duplicity's"},
                archive_dir);
    fields.path({"name", "directory of this archive's cache; default: derived from the URL"}, name);
    fields.path({"file_prefix", "before all file names"}, file_prefix);
    fields.path({"file_prefix_archive", "before names of volumes"}, file_prefix_archive);
    fields.path({"file_prefix_manifest", "before names of manifests"}, file_prefix_manifest);
    fields.path({"file_prefix_signature", "before names of signature files"},
                file_prefix_signature);
    fields.member({"time_separator", "between the parts of times in old names"}, time_separator);
    fields.member({"short_filenames", "write short names"}, short_filenames);
    fields.member({"old_filenames", "write names of old releases"}, old_filenames);

    fields.member({"encryption", "everything on the target goes through OpenPGP"}, encryption);
    fields.member({.name = "encrypt_key", .about = "recipients", .max = keys_max}, encrypt_key);
    fields.member({.name = "hidden_encrypt_key", .about = "recipients not named", .max = keys_max},
                  hidden_encrypt_key);
    fields.member({"sign_key", "key id"}, sign_key);
    fields.member({"use_agent", "passphrases come from the gpg agent"}, use_agent);
    fields.path({"gpg_binary", "name or path of gpg"}, gpg_binary);
    fields.path({"gpg_home", "home directory of gpg, absolute"}, gpg_home);
    fields.member({"always_trust", "encrypt to keys whatever their validity"}, always_trust);
    fields.member({.name = "gpg_options",
                   .about = "further options for gpg, each text cut at blanks",
                   .max = gpg_options_max},
                  gpg_options);
    fields.path({"encrypt_secret_keyring", "gpg's --secret-keyring when reading, absolute"},
                encrypt_secret_keyring);

    fields.member({"compression", "how hard to compress; none: only without encryption"},
                  compression);
    fields.path({"tempdir", "for temporary files, absolute"}, tempdir);
    fields.member({"numeric_owner", "use numbers, not names, of owners"}, numeric_owner);
    fields.member(
        {.name = "num_retries", .about = "attempts at each transfer", .min = 1, .max = 1000},
        num_retries);
    fields.member({.name = "backend_retry_delay",
                   .about = "the longest pause between two attempts, seconds",
                   .max = 86400},
                  backend_retry_delay);
    backend.describe_options(fields);
    fields.member({"retry_refused", "also repeat what the target refused, or had no room for"},
                  retry_refused);
}

}  // namespace duplid::proto
