// From argv to a verb with its positionals and options, in the order they were given.
#pragma once

#include "ctl/words/option_table.hpp"
#include "proto/archive_params.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace duplid::ctl {

struct GivenOption {
    OptionId id;
    std::string value;  ///< empty for a flag; an option of several values is there once for each
};

struct CommandLine {
    VerbId verb = VerbId::version;
    std::vector<std::string> positionals;
    /// Every option as often as it was given, in the order of the command line: selection rules
    /// depend on it.
    std::vector<GivenOption> given;
    /// With --job, once the resident daemon was asked (job_archive.hpp): the archive that the
    /// command is about.
    std::optional<proto::ArchiveParams> job_archive{};
    /// With it, what the job's commands make, relative to its source.
    std::vector<std::string> job_made{};

    [[nodiscard]] bool has(OptionId id) const noexcept;
    /// The last value given, as duplicity has it.
    [[nodiscard]] std::optional<std::string> value(OptionId id) const;
    [[nodiscard]] std::vector<std::string> values(OptionId id) const;
};

/// The user asked for help or the version: print this and end well.
struct Answer {
    std::string text;
};

/// `arguments` without the program's name. Options of the sets "which daemon" and "output" may
/// stand before the verb, too. Throws: Failure (usage) with a sentence that names the culprit.
[[nodiscard]] std::variant<CommandLine, Answer>
parse_command_line(std::span<const std::string> arguments);

/// Whether duplid takes `text` for a URL and not for a path: command-line.md 8.1.
[[nodiscard]] bool is_url(std::string_view text) noexcept;

/// Overwrites passwords in URLs among the arguments of this process, which everybody on the
/// machine can read in its list of processes. The arguments must have been copied before.
void hide_passwords(std::span<char*> argv) noexcept;

}  // namespace duplid::ctl
