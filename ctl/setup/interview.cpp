#include "ctl/setup/interview.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/process/terminal.hpp"
#include "ctl/setup/gpg_keys.hpp"
#include "ctl/setup/secret_file.hpp"
#include "ctl/setup/target_questions.hpp"
#include "ctl/setup/typed_path.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <string_view>

namespace duplid::setup {

namespace {

namespace fs = std::filesystem;
using ctl::CommandLine;
using ctl::OptionId;

constexpr std::size_t source_index = 1;

/// Options of which one says how the archive is encrypted.
constexpr std::array encryption_options{
    OptionId::no_encryption,       OptionId::passphrase_file, OptionId::passphrase_keyring,
    OptionId::generate_passphrase, OptionId::encrypt_key,     OptionId::hidden_encrypt_key,
    OptionId::encrypt_sign_key,    OptionId::use_agent,
};

template <std::size_t N>
bool has_any(const CommandLine& line, const std::array<OptionId, N>& ids)
{
    return std::ranges::any_of(ids, [&line](OptionId id) { return line.has(id); });
}

bool has_selection(const CommandLine& line)
{
    return std::ranges::any_of(line.given, [](const auto& given) {
        return ctl::option(given.id).set == ctl::OptionSet::selection;
    });
}

void ask_source(CommandLine& line, const Questions& questions, bool for_system)
{
    if (line.positionals.size() > source_index) {
        return;
    }
    const auto answer = questions.text(
        "What is to be backed up", for_system ? "/" : home(), [](const std::string& text) {
            std::error_code error;
            return fs::exists(path_from(text), error) ? std::string{}
                                                      : "There is no such file or directory.";
        });
    line.positionals.push_back(path_from(answer));
}

/// What nobody wants back. The kernel's and other temporary directories stay as directories: a
/// restored system needs them to mount there.
void leave_out_usual(CommandLine& line)
{
    constexpr std::array<std::string_view, 9> of_system{"/proc/*",  "/sys/*",     "/dev/*",
                                                        "/run/*",   "/tmp/*",     "/mnt/*",
                                                        "/media/*", "/var/tmp/*", "/lost+found"};
    constexpr std::array<std::string_view, 2> of_homes{"**/.cache", "**/.local/share/Trash"};
    if (has_selection(line)) {
        return;
    }
    const auto add = [&line](std::string_view glob) {
        line.given.push_back({OptionId::exclude, std::string{glob}});
    };
    if (line.positionals.at(source_index) == "/") {
        std::ranges::for_each(of_system, add);
    }
    std::ranges::for_each(of_homes, add);
    line.given.push_back({OptionId::exclude_caches, {}});
}

void take_generated(NewJob& job)
{
    constexpr std::array others{OptionId::no_encryption,      OptionId::passphrase_file,
                                OptionId::passphrase_keyring, OptionId::encrypt_key,
                                OptionId::hidden_encrypt_key, OptionId::encrypt_sign_key};
    if (has_any(job.line, others)) {
        throw ctl::usage_failure("--generate-passphrase contradicts another option about "
                                 "encryption");
    }
    job.passphrase = generated_passphrase();
    job.is_generated = true;
}

void ask_for_key(NewJob& job, const Questions& questions, const std::vector<SecretKey>& keys)
{
    std::vector<std::string> choices;
    for (const auto& key : keys) {
        choices.push_back(fmt::format("{}  {}", key.fingerprint, key.user));
    }
    const auto& chosen = keys.at(questions.choice("For which of your keys?", choices, 0));
    job.line.given.push_back({OptionId::encrypt_key, chosen.fingerprint});
}

void ask_encryption(NewJob& job, const Questions& questions, bool for_system)
{
    auto& line = job.line;
    if (line.has(OptionId::generate_passphrase)) {
        take_generated(job);
    }
    if (has_any(line, encryption_options) || job.passphrase.is_set()) {
        return;
    }
    // Keys of the person who asks are none of the system's daemon.
    const auto keys = for_system || !questions.asks() ? std::vector<SecretKey>{} : secret_keys();
    std::vector<std::string> choices{"a passphrase that is made for you now",
                                     "a passphrase of your own",
                                     "nothing: whoever reads the target reads your files"};
    if (!keys.empty()) {
        choices.emplace_back("an OpenPGP key of yours");
    }
    switch (questions.choice("Everything that leaves this machine is encrypted. With what?",
                             choices, 0)) {
    case 0:
        take_generated(job);
        return;
    case 1:
        job.passphrase = questions.new_secret("Passphrase");
        return;
    case 2:
        line.given.push_back({OptionId::no_encryption, {}});
        return;
    default:
        ask_for_key(job, questions, keys);
    }
}

void ask_schedule(CommandLine& line, const Questions& questions, ctl::Session& session)
{
    if (line.has(OptionId::calendar) || line.has(OptionId::every)) {
        return;
    }
    const std::vector<std::string> choices{"every day", "every hour", "every week",
                                           "at other times", "only when I ask for it"};
    const auto answer = questions.choice("When?", choices, 0);
    const auto set = [&line](OptionId id, std::string_view value) {
        if (!line.has(id)) {
            line.given.push_back({id, std::string{value}});
        }
    };
    switch (answer) {
    case 0:
        set(OptionId::calendar, "daily");
        set(OptionId::random_delay, "1h");
        set(OptionId::stale_after, "3d");
        return;
    case 1:
        set(OptionId::calendar, "hourly");
        set(OptionId::random_delay, "10min");
        set(OptionId::stale_after, "1d");
        return;
    case 2:
        set(OptionId::calendar, "weekly");
        set(OptionId::random_delay, "6h");
        set(OptionId::stale_after, "3w");
        return;
    case 3:
        set(OptionId::calendar,
            questions.text(
                "Times, as systemd's OnCalendar= has them", "Mon..Fri 12:30",
                [&session](const std::string& text) { return fault_of_calendar(session, text); }));
        return;
    default:
        return;
    }
}

void ask_retention(CommandLine& line, const Questions& questions)
{
    constexpr std::array said{OptionId::older_than,   OptionId::keep_full,   OptionId::keep_last,
                              OptionId::keep_hourly,  OptionId::keep_daily,  OptionId::keep_weekly,
                              OptionId::keep_monthly, OptionId::keep_yearly, OptionId::keep_within};
    if (!line.has(OptionId::full_if_older_than)) {
        line.given.push_back({OptionId::full_if_older_than, "3M"});
    }
    if (has_any(line, said)) {
        return;
    }
    const std::vector<std::string> choices{"all of them",
                                           "those of 14 days, 8 weeks and 12 months"};
    if (questions.choice("Which old backups are kept?", choices, 0) == 1) {
        line.given.push_back({OptionId::keep_daily, "14"});
        line.given.push_back({OptionId::keep_weekly, "8"});
        line.given.push_back({OptionId::keep_monthly, "12"});
    }
}

void take_environment(NewJob& job, const Questions& questions)
{
    auto secrets = ctl::take_environment_secrets();
    if (!has_any(job.line, encryption_options) && !secrets.passphrase.reveal().empty()) {
        job.passphrase = std::move(secrets.passphrase);
        questions.tell("The passphrase is that of the variable PASSPHRASE.\n");
    }
    take_credentials(job, secrets.variables, questions);
}

}  // namespace

std::vector<std::string> lacking(const CommandLine& line, bool with_defaults)
{
    std::vector<std::string> words;
    if (line.positionals.size() <= source_index && !with_defaults) {
        words.emplace_back("SOURCE");
    }
    if (!has_target(line)) {
        words.emplace_back("URL");
    }
    if (with_defaults) {
        return words;
    }
    const char* const passphrase = std::getenv("PASSPHRASE");
    if (!has_any(line, encryption_options) && (passphrase == nullptr || *passphrase == '\0')) {
        words.emplace_back("--generate-passphrase, --passphrase-file, --encrypt-key or "
                           "--no-encryption");
    }
    if (!line.has(OptionId::calendar) && !line.has(OptionId::every)) {
        words.emplace_back("--calendar or --every");
    }
    return words;
}

NewJob complete_for_init(const CommandLine& line, const Questions& questions, ctl::Session& session)
{
    const bool for_system = session.hello().instance == proto::Instance::system;
    NewJob job;
    job.line = line;
    ask_source(job.line, questions, for_system);
    ask_targets(job.line, questions);
    leave_out_usual(job.line);
    leave_out_targets(job.line);
    take_environment(job, questions);
    ask_encryption(job, questions, for_system);
    ask_schedule(job.line, questions, session);
    ask_retention(job.line, questions);
    return job;
}

NewJob complete_for_job_add(const CommandLine& line, bool for_system, ctl::Interrupts& interrupts)
{
    NewJob job;
    job.line = line;
    const bool is_complete = line.positionals.size() > source_index && has_target(line) &&
                             has_any(line, encryption_options);
    if (is_complete || !ctl::has_terminal()) {
        if (line.has(OptionId::generate_passphrase)) {
            take_generated(job);
        }
        return job;
    }
    const Questions questions{true, interrupts};
    ask_source(job.line, questions, for_system);
    ask_targets(job.line, questions);
    take_environment(job, questions);
    ask_encryption(job, questions, for_system);
    return job;
}

void check_for_job_add(const CommandLine& line)
{
    const bool is_told = line.positionals.size() > source_index && has_target(line);
    if (!is_told && !ctl::has_terminal()) {
        throw ctl::usage_failure("there is no terminal to ask on, and the command lacks SOURCE or "
                                 "URL",
                                 {}, "duplictl job add JOB SOURCE URL");
    }
}

}  // namespace duplid::setup
