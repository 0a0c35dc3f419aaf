#include "ctl/setup/recovery_sheet.hpp"

#include "ctl/runs/job_archive.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/time_text.hpp"
#include "proto/target_variables.hpp"
#include "proto/writer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <initializer_list>
#include <vector>

namespace duplid::setup {

namespace {

using nlohmann::json;
using proto::TargetKind;

/// Members of a request whose options of the same name 0.8.22 has, and needs for reading
/// (command-line.md 2; --use-scp and --filter-... are none of it).
constexpr std::array<std::string_view, 26> reading_options{
    "file_prefix",
    "file_prefix_archive",
    "file_prefix_manifest",
    "file_prefix_signature",
    "short_filenames",
    "old_filenames",
    "time_separator",
    "use_agent",
    "gpg_options",
    "gio",
    "ssl_cacert_file",
    "ssl_cacert_path",
    "ssl_no_check_certificate",
    "ssh_options",
    "ssh_askpass",
    "scp_command",
    "sftp_command",
    "ftp_regular",
    "rsync_options",
    "imap_mailbox",
    "imap_full_address",
    "s3_region_name",
    "s3_endpoint_url",
    "s3_unencrypted_connection",
    "s3_use_new_style",
    "par2_options",
};

/// What duplicity needs beside itself and gpg (backends.md; names of Debian 12).
struct Package {
    TargetKind kind;
    std::string_view names;
};
constexpr std::array packages{
    Package{TargetKind::ssh, "python3-paramiko"},
    Package{TargetKind::ftp, "lftp"},
    Package{TargetKind::rsync, "rsync"},
    Package{TargetKind::webdav, "python3-lxml"},
    Package{TargetKind::s3, "python3-boto3 python3-boto"},
    Package{TargetKind::google_storage, "python3-boto"},
    Package{TargetKind::azure, "python3-azure-storage"},
    Package{TargetKind::swift, "python3-swiftclient python3-keystoneclient"},
    Package{TargetKind::ovh_archive, "python3-swiftclient python3-keystoneclient"},
    Package{TargetKind::rclone, "rclone"},
    Package{TargetKind::gio, "python3-gi gvfs"},
};

json members_of(proto::ArchiveParams archive)
{
    return proto::write_members(
        [&archive](proto::Fields& fields) { archive.describe_lasting(fields); });
}

std::string option_text(std::string name, const json& value)
{
    std::ranges::replace(name, '_', '-');
    if (value.is_boolean()) {
        return value.get<bool>() ? " --" + name : "";
    }
    std::string text;
    if (value.is_array()) {
        for (const auto& item : value) {
            text += option_text(name, item);
        }
        return text;
    }
    return fmt::format(" --{} {}", name,
                       shell_word(value.is_string() ? value.get<std::string>() : value.dump()));
}

bool is_symmetric(const proto::ArchiveParams& archive)
{
    return archive.encryption && archive.encrypt_key.empty() && archive.hidden_encrypt_key.empty();
}

std::vector<std::string> keys_of(const proto::ArchiveParams& archive)
{
    auto keys = archive.encrypt_key;
    keys.insert(keys.end(), archive.hidden_encrypt_key.begin(), archive.hidden_encrypt_key.end());
    return keys;
}

/// Of all the places, each once.
std::string packages_of(const std::vector<proto::TargetArchive>& places)
{
    std::vector<std::string_view> needed{"duplicity", "gnupg"};
    const auto need = [&needed](std::string_view name) {
        if (std::ranges::find(needed, name) == needed.end()) {
            needed.push_back(name);
        }
    };
    for (const auto& [name, archive] : places) {
        const auto kinds = proto::kinds_of(archive.target, archive.backend.gio);
        for (const auto& package : packages) {
            if (kinds != proto::remote_kinds && contains(kinds, package.kind)) {
                need(package.names);
            }
        }
        if (archive.target.starts_with("par2+")) {
            need("par2");
        }
    }
    return fmt::format("{}", fmt::join(needed, " "));
}

constexpr std::string_view step = "    ";  ///< before commands that follow each other
constexpr std::string_view aside = "  ";   ///< before others

/// Sets a variable: to what it is if that may be written down, else to what is typed, which no
/// shell keeps in its history.
std::string export_line(std::string_view indent, const std::string& name, std::string_view question,
                        const proto::SecretText& value, bool with_secret)
{
    if (with_secret && value.is_set()) {
        return fmt::format("{}export {}={}\n", indent, name, shell_word(value.reveal()));
    }
    return fmt::format("{}IFS= read -rsp {} {}; export {}\n", indent,
                       shell_word(fmt::format("{}: ", question)), name, name);
}

class Sheet {
public:
    explicit Sheet(const SheetFacts& facts)
        : facts_{facts}, archive_{facts.places.at(0).archive}, source_{facts.job.request->source}
    {
    }

    std::string text()
    {
        head();
        secrets_to_keep();
        with_duplicity();
        other_places();
        with_duplid();
        return std::move(text_);
    }

private:
    using Place = proto::TargetArchive;

    void add(const std::string& lines) { text_ += lines; }
    void fact(std::string_view name, const std::string& value)
    {
        add(fmt::format("{:<11} {}\n", name, show::printable(value)));
    }

    [[nodiscard]] const json& settings() const { return facts_.job.settings; }
    /// What the job says of this target alone.
    [[nodiscard]] json settings_of(const Place& place) const
    {
        for (const auto& target : settings().value("targets", json::array())) {
            if (target.value("name", "") == place.name) {
                return target;
            }
        }
        return json::object();
    }
    [[nodiscard]] std::string disk_of(const Place& place) const
    {
        return place.name.empty()
                   ? settings().value("conditions", json::object()).value("filesystem", "")
                   : settings_of(place).value("filesystem", "");
    }

    [[nodiscard]] std::string encryption() const
    {
        if (!archive_.encryption) {
            return "no: whoever reads the target reads the files";
        }
        return is_symmetric(archive_)
                   ? "with a passphrase"
                   : fmt::format("for the OpenPGP key {}", fmt::join(keys_of(archive_), ", "));
    }

    void head()
    {
        add(fmt::format("RECOVERY SHEET of the backup \"{}\" of {}\n", facts_.job.job.job,
                        facts_.host));
        add(fmt::format("as of {}\n\n", ctl::local_time_text(facts_.now)));
        fact("What", source_);
        for (const auto& place : facts_.places) {
            fact("Where", place.archive.target);
            if (const auto disk = disk_of(place); !disk.empty()) {
                fact("  on disk", "UUID " + disk);
            }
        }
        fact("Encrypted", encryption());
    }

    void secrets_to_keep()
    {
        add("\nKeep this sheet away from this machine: on paper, or with somebody you trust.\n");
        if (is_symmetric(archive_)) {
            add(facts_.with_secret && archive_.passphrase.is_set()
                    ? "It holds the passphrase: whoever has it can read the backup.\n"
                    : "Keep the passphrase elsewhere, too. Without it nobody can read the backup, "
                      "ever.\n");
            const auto file = settings()
                                  .value("secrets", json::object())
                                  .value("passphrase", json::object())
                                  .value("file", "");
            if (!file.empty()) {
                add(fmt::format("On this machine it is in {}.\n", show::printable(file)));
            }
        } else if (archive_.encryption) {
            add("Keep a copy of the secret key elsewhere, too. Without it nobody can read the "
                "backup, ever.\nMake it now, on this machine:\n\n");
            add(fmt::format("{}gpg --armor --export-secret-keys {} > duplid-key.asc\n", aside,
                            keys_in_words()));
        }
    }

    [[nodiscard]] std::string keys_in_words() const
    {
        std::string words;
        for (const auto& key : keys_of(archive_)) {
            words += (words.empty() ? "" : " ") + shell_word(key);
        }
        return words;
    }

    /// Password and credentials of one place, which the job and its target say together.
    void way_to(const Place& place, std::string_view indent)
    {
        std::vector<std::string> asked;
        for (const auto& secrets : {settings().value("secrets", json::object()),
                                    settings_of(place).value("secrets", json::object())}) {
            if (secrets.contains("target_password")) {
                asked.push_back(ctl::password_variable(place.archive));
            }
            for (const auto& variable : secrets.value("variables", json::array())) {
                const auto name = variable.value("name", "");
                if (variable.contains("value")) {
                    add(fmt::format("{}export {}={}\n", indent, name,
                                    shell_word(variable.value("value", ""))));
                } else {
                    asked.push_back(name);
                }
            }
        }
        const auto& known = place.archive.backend.variables;
        for (const auto& name : asked) {
            const auto found = std::ranges::find(known, name, &proto::VariableParams::name);
            add(export_line(indent, name, name,
                            found == known.end() ? proto::SecretText{} : found->value,
                            facts_.with_secret));
        }
    }

    void with_duplicity()
    {
        const auto options = duplicity_options(archive_);
        const auto url = shell_word(archive_.target);
        add("\nOn a bare Debian or Ubuntu, with its own duplicity, in bash:\n\n");
        add(fmt::format("{}apt install {}\n", step, packages_of(facts_.places)));
        if (is_symmetric(archive_)) {
            add(export_line(step, "PASSPHRASE", "Passphrase", archive_.passphrase,
                            facts_.with_secret));
        } else if (archive_.encryption) {
            add(fmt::format("{}gpg --import duplid-key.asc\n", step));
            add(export_line(step, "PASSPHRASE", "Passphrase of the key, or Return",
                            archive_.passphrase, facts_.with_secret));
        }
        way_to(facts_.places.front(), step);
        add(fmt::format("{}duplicity restore{} {} /restore\n", step, options, url));
        add("\nThat is the newest state, in the new directory /restore. One file or directory,\n"
            "named relative to " +
            show::printable(source_) + ", and what there is:\n\n");
        add(fmt::format("{}duplicity restore{} --file-to-restore some/file {} /restore-file\n",
                        step, options, url));
        add(fmt::format("{}duplicity collection-status{} {}\n", step, options, url));
        add("\nThe state of three days ago, or of a day: with --time 3D or --time 2026-01-31.\n");
        const auto is_local = [](const Place& place) {
            return place.archive.target.starts_with("file:");
        };
        if (std::ranges::any_of(facts_.places, is_local)) {
            add("A disk may be mounted elsewhere there: the URL is file:// and the directory's "
                "path "
                "then.\n");
        }
    }

    void other_places()
    {
        if (facts_.places.size() > 1) {
            add("\nThe same backup is elsewhere, too. From there, instead of the restore above:\n");
        }
        for (std::size_t i = 1; i < facts_.places.size(); ++i) {
            const auto& place = facts_.places[i];
            add("\n");
            way_to(place, aside);
            add(fmt::format("{}duplicity restore{} {} /restore\n", aside,
                            duplicity_options(place.archive), shell_word(place.archive.target)));
        }
    }

    void with_duplid()
    {
        add("\nThe same with duplid, which also brings back hard links, access lists and\n"
            "extended attributes:\n\n");
        add(fmt::format("{}duplictl restore{} {} /restore\n", aside, duplicity_options(archive_),
                        shell_word(archive_.target)));
        add(fmt::format("\nWhile this machine is well: duplictl restore --job {} /restore\n",
                        facts_.job.job.job));
    }

    const SheetFacts& facts_;
    const proto::ArchiveParams& archive_;
    const std::string& source_;
    std::string text_;
};

}  // namespace

std::string recovery_sheet(const SheetFacts& facts)
{
    return Sheet{facts}.text();
}

std::string duplicity_options(const proto::ArchiveParams& archive)
{
    const auto said = members_of(archive);
    const auto otherwise = members_of({});
    std::string options = archive.encryption ? "" : " --no-encryption";
    for (const auto name : reading_options) {
        const std::string key{name};
        const auto found = said.find(key);
        if (found != said.end() && (!otherwise.contains(key) || otherwise.at(key) != *found)) {
            options += option_text(key, *found);
        }
    }
    return options;
}

std::string shell_word(std::string_view text)
{
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_./:@%+=,-";
    if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) {
        return std::string{text};
    }
    std::string word = "'";
    for (const char c : text) {
        word += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
    }
    return word + "'";
}

}  // namespace duplid::setup
