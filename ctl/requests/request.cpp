#include "ctl/requests/request.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/requests/target_request.hpp"
#include "ctl/words/option_values.hpp"
#include "proto/text.hpp"

#include <charconv>
#include <cstdlib>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <string_view>

namespace duplid::ctl {

namespace {

constexpr std::uint64_t bytes_per_volsize_unit = 1 << 20;
/// 16 TiB in one volume: far beyond use, and far from overflow.
constexpr std::uint64_t volsize_max = 1 << 24;

std::string url_from(std::string text)
{
    if (!is_url(text)) {
        throw usage_failure("this is no URL", text,
                            "a directory is written as file:///its/absolute/path");
    }
    return text;
}

/// The two positionals of backup and restore, told apart by what they are.
void check_order(std::string_view verb, const std::string& path, const std::string& url,
                 std::string_view usage)
{
    if (is_url(path) && !is_url(url)) {
        throw usage_failure("path and URL are in the wrong order", {},
                            fmt::format("duplictl {} {}", verb, usage));
    }
    if (is_url(path)) {
        throw usage_failure("two URLs; one of them must be a local path", path,
                            fmt::format("duplictl {} {}", verb, usage));
    }
    if (path.empty()) {
        throw usage_failure("an empty path");
    }
}

proto::Compression compression_of(const CommandLine& line)
{
    const auto level = line.value(OptionId::compression);
    if (line.has(OptionId::no_compression)) {
        if (level) {
            throw usage_failure("--compression and --no-compression exclude each other");
        }
        if (!line.has(OptionId::no_encryption)) {
            throw usage_failure("--no-compression is only possible with --no-encryption", {},
                                "OpenPGP files are compressed by the format itself");
        }
        return proto::Compression::none;
    }
    if (!level || *level == "fast") {
        return proto::Compression::fast;
    }
    if (*level == "better") {
        return proto::Compression::better;
    }
    if (*level == "max") {
        return proto::Compression::max;
    }
    throw usage_failure("--compression wants fast, better or max", *level);
}

proto::BackupType type_of(const CommandLine& line)
{
    std::optional<proto::BackupType> type;
    if (line.verb == VerbId::full) {
        type = proto::BackupType::full;
    } else if (line.verb == VerbId::incremental) {
        type = proto::BackupType::incremental;
    }
    for (const auto& given : line.given) {
        proto::BackupType said{};
        if (given.id == OptionId::full || (given.id == OptionId::type && given.value == "full")) {
            said = proto::BackupType::full;
        } else if (given.id == OptionId::incremental ||
                   (given.id == OptionId::type && given.value == "incremental")) {
            said = proto::BackupType::incremental;
        } else if (given.id == OptionId::type && given.value == "auto") {
            said = proto::BackupType::automatic;
        } else if (given.id == OptionId::type) {
            throw usage_failure("--type wants auto, full or incremental", given.value);
        } else {
            continue;
        }
        if (type && *type != said) {
            throw usage_failure(line.verb == VerbId::backup
                                    ? "--full, --incremental and --type contradict each other"
                                    : "the verb says already what kind of set to make");
        }
        type = said;
    }
    return type.value_or(proto::BackupType::automatic);
}

std::optional<proto::Overwrite> overwrite_of(const CommandLine& line)
{
    const auto word = line.value(OptionId::overwrite);
    if (!word) {
        return std::nullopt;
    }
    for (const auto& choice : choices_of(proto::Overwrite{})) {
        if (choice.name == *word) {
            if (line.has(OptionId::force) && *word != "always") {
                throw usage_failure("--force and --overwrite contradict each other", *word);
            }
            return static_cast<proto::Overwrite>(choice.value);
        }
    }
    throw usage_failure("--overwrite wants always, changed, newer or never", *word);
}

std::vector<proto::RenameParams> renames_of(const CommandLine& line)
{
    std::vector<proto::RenameParams> renames;
    const auto words = line.values(OptionId::rename);
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
        renames.push_back({trimmed(words[i]), trimmed(words[i + 1])});
        if (renames.back().from.empty() || renames.back().to.empty()) {
            throw usage_failure("--rename wants two paths");
        }
    }
    return renames;
}

}  // namespace

proto::Lifetime lifetime_of(const CommandLine& line)
{
    return line.has(OptionId::detach) ? proto::Lifetime::detached : proto::Lifetime::attached;
}

namespace {

void fill_encryption(proto::ArchiveParams& archive, const CommandLine& line,
                     const Surroundings& here)
{
    archive.encryption = !line.has(OptionId::no_encryption);
    archive.use_agent = line.has(OptionId::use_agent);
    archive.always_trust = line.has(OptionId::always_trust);
    archive.gpg_binary = program_of(line, OptionId::gpg_binary, here);
    archive.gpg_home = path_of(line, OptionId::gpg_home, here);
    archive.encrypt_secret_keyring = path_of(line, OptionId::encrypt_secret_keyring, here);
    for (const auto& given : line.given) {
        const auto& key = given.value;
        if (given.id == OptionId::encrypt_key || given.id == OptionId::encrypt_sign_key) {
            archive.encrypt_key.push_back(key);
        }
        if (given.id == OptionId::hidden_encrypt_key) {
            archive.hidden_encrypt_key.push_back(key);
        }
        if (given.id == OptionId::sign_key || given.id == OptionId::encrypt_sign_key) {
            archive.sign_key = key;
        }
        if (given.id == OptionId::gpg_options) {
            if (!proto::is_utf8(key)) {
                throw usage_failure("--gpg-options wants UTF-8 text");
            }
            archive.gpg_options.push_back(key);
        }
        const bool is_key = option(given.id).value == "KEY";
        if (is_key && (key.empty() || !proto::is_utf8(key))) {
            throw usage_failure(fmt::format("{} wants the name of a key", name_of(given.id)), key);
        }
    }
    const bool has_keys = !archive.encrypt_key.empty() || !archive.hidden_encrypt_key.empty() ||
                          !archive.sign_key.empty();
    if (!archive.encryption && has_keys) {
        throw usage_failure("a key was given together with --no-encryption");
    }
}

}  // namespace

proto::ArchiveParams archive_params(const CommandLine& line, std::string url,
                                    const Surroundings& here)
{
    if (line.job_archive) {
        auto archive = *line.job_archive;
        archive.working_directory = here.working_directory;
        archive.no_wait = line.has(OptionId::no_wait);
        return archive;
    }
    proto::ArchiveParams archive;
    archive.target = url_from(std::move(url));
    archive.working_directory = here.working_directory;
    archive.archive_dir = path_of(line, OptionId::archive_dir, here);
    archive.name = text_of(line, OptionId::name);
    archive.file_prefix = text_of(line, OptionId::file_prefix);
    archive.file_prefix_archive = text_of(line, OptionId::file_prefix_archive);
    archive.file_prefix_manifest = text_of(line, OptionId::file_prefix_manifest);
    archive.file_prefix_signature = text_of(line, OptionId::file_prefix_signature);
    archive.time_separator = separator_of(line);
    archive.short_filenames = line.has(OptionId::short_filenames);
    archive.old_filenames = line.has(OptionId::old_filenames);
    fill_encryption(archive, line, here);
    archive.tempdir = path_of(line, OptionId::tempdir, here);
    archive.num_retries = small_number_of(line, OptionId::num_retries, 1, archive.num_retries);
    archive.no_wait = line.has(OptionId::no_wait);
    fill_target(archive, line, here);
    return archive;
}

proto::BackupParams backup_params(const CommandLine& line, const Surroundings& here)
{
    const auto& source = line.positionals.at(0);
    const auto& url = line.positionals.at(1);
    check_order(verb(line.verb).name, source, url, "SOURCE URL");
    proto::BackupParams params;
    params.archive = archive_params(line, url, here);
    params.archive.compression = compression_of(line);
    params.source = source;
    params.type = type_of(line);
    if (const auto age = line.value(OptionId::full_if_older_than)) {
        params.full_if_older_than =
            time_from(*age, line, name_of(OptionId::full_if_older_than), here);
    }
    params.dry_run = line.has(OptionId::dry_run);
    params.skip_if_no_change = line.has(OptionId::skip_if_no_change);
    params.record_changes = !line.has(OptionId::no_files_changed);
    params.rules = rules_of(line, here);
    params.copy_links = line.has(OptionId::copy_links);
    params.null_separator = line.has(OptionId::null_separator);
    if (const auto megabytes = number_of(line, OptionId::volsize, 1, volsize_max)) {
        params.volsize_bytes = *megabytes * bytes_per_volsize_unit;
    }
    params.concurrency = small_number_of(line, OptionId::concurrency, 1, params.concurrency);
    params.max_blocksize = small_number_of(line, OptionId::max_blocksize, 1, params.max_blocksize);
    params.allow_source_mismatch = line.has(OptionId::allow_source_mismatch);
    params.lifetime = lifetime_of(line);
    return params;
}

proto::RestoreParams restore_params(const CommandLine& line, const Surroundings& here)
{
    const auto& url = line.positionals.at(0);
    const auto& destination = line.positionals.at(1);
    check_order("restore", destination, url, "URL DIR");
    proto::RestoreParams params;
    params.archive = archive_params(line, url, here);
    params.archive.numeric_owner = line.has(OptionId::numeric_owner);
    params.destination = absolute(destination, here);
    params.path = trimmed(line.value(OptionId::file_to_restore).value_or(""));
    params.time = time_of(line, here);
    params.force = line.has(OptionId::force);
    params.overwrite = overwrite_of(line);
    params.renames = renames_of(line);
    params.dry_run = line.has(OptionId::dry_run);
    params.ignore_errors = line.has(OptionId::ignore_errors);
    params.restore_ownership = !line.has(OptionId::do_not_restore_ownership);
    params.lifetime = lifetime_of(line);
    return params;
}

proto::VerifyParams verify_params(const CommandLine& line, const Surroundings& here)
{
    const auto& url = line.positionals.at(0);
    proto::VerifyParams params;
    if (line.positionals.size() > 1) {
        check_order("verify", line.positionals[1], url, "URL [DIR]");
        params.directory = absolute(line.positionals[1], here);
    } else if (line.has(OptionId::compare_data)) {
        throw usage_failure("--compare-data needs a directory to compare with", {},
                            "duplictl verify URL DIR");
    }
    params.archive = archive_params(line, url, here);
    params.path = trimmed(line.value(OptionId::file_to_restore).value_or(""));
    params.time = time_of(line, here);
    params.compare_data = line.has(OptionId::compare_data);
    params.ignore_errors = line.has(OptionId::ignore_errors);
    params.rules = rules_of(line, here);
    if (params.directory.empty() && !params.rules.empty()) {
        throw usage_failure("selection options need a directory to compare with", {},
                            "duplictl verify URL DIR");
    }
    params.null_separator = line.has(OptionId::null_separator);
    if (!params.directory.empty()) {
        params.made = line.job_made;
    }
    params.lifetime = lifetime_of(line);
    return params;
}

proto::CheckParams check_params(const CommandLine& line, const Surroundings& here)
{
    proto::CheckParams params;
    params.archive = archive_params(line, line.positionals.at(0), here);
    params.sample = line.value(OptionId::sample).value_or("none");
    params.lifetime = lifetime_of(line);
    return params;
}

proto::CollectionStatusParams collection_status_params(const CommandLine& line,
                                                       const Surroundings& here)
{
    return {.archive = archive_params(line, line.positionals.at(0), here)};
}

proto::ReplicateParams replicate_params(const CommandLine& line, const Surroundings& here)
{
    proto::ReplicateParams params;
    params.archive = archive_params(line, line.positionals.at(1), here);
    params.archive.compression = compression_of(line);
    params.source = url_from(line.positionals.at(0));
    params.source_name = text_of(line, OptionId::source_name);
    params.source_file_prefix = text_of(line, OptionId::source_file_prefix);
    params.source_file_prefix_archive = text_of(line, OptionId::source_file_prefix_archive);
    params.source_file_prefix_manifest = text_of(line, OptionId::source_file_prefix_manifest);
    params.source_file_prefix_signature = text_of(line, OptionId::source_file_prefix_signature);
    params.source_encryption = !line.has(OptionId::source_no_encryption);
    params.source_encrypt_key = line.values(OptionId::source_encrypt_key);
    params.source_hidden_encrypt_key = line.values(OptionId::source_hidden_encrypt_key);
    params.source_sign_key = text_of(line, OptionId::source_sign_key);
    const bool has_keys = !params.source_encrypt_key.empty() ||
                          !params.source_hidden_encrypt_key.empty() ||
                          !params.source_sign_key.empty();
    if (!params.source_encryption && has_keys) {
        throw usage_failure("a key of the source was given together with --source-no-encryption");
    }
    params.time = time_of(line, here);
    params.lifetime = lifetime_of(line);
    return params;
}

proto::RepairParams repair_params(const CommandLine& line, const Surroundings& here)
{
    proto::RepairParams params;
    params.archive = archive_params(line, line.positionals.at(0), here);
    if (!line.job_archive) {
        params.archive.compression = compression_of(line);
    }
    params.force = line.has(OptionId::force);
    params.read_data = line.has(OptionId::read_data);
    params.lifetime = lifetime_of(line);
    return params;
}

void add_environment(proto::ArchiveParams& archive)
{
    // Relative values mean nothing to the XDG specification, and little to a daemon elsewhere.
    const auto path_in = [](const char* name) -> std::string {
        const char* const value = std::getenv(name);
        return value != nullptr && *value == '/' ? value : "";
    };
    if (archive.archive_dir.empty()) {
        const auto cache = path_in("XDG_CACHE_HOME");
        archive.archive_dir = cache.empty() ? "" : cache + "/duplicity";
    }
    if (archive.gpg_home.empty()) {
        archive.gpg_home = path_in("GNUPGHOME");
    }
}

std::uint64_t run_number(const std::string& text)
{
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end || number == 0) {
        throw usage_failure("this is no number of a run", text, "\"duplictl run-list\" shows them");
    }
    return number;
}

}  // namespace duplid::ctl
