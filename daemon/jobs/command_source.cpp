#include "daemon/jobs/command_source.hpp"

#include "daemon/jobs/amounts.hpp"
#include "storage/io/error.hpp"

#include <charconv>

namespace duplid::jobs {

namespace {

constexpr std::uint64_t words_max = 1000;
constexpr std::int64_t seconds_max = std::int64_t{365} * 24 * 60 * 60;
constexpr unsigned mode_max = 0777;

unsigned mode_from(const std::string& text)
{
    constexpr int octal = 8;
    unsigned mode = 0;
    const auto* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, mode, octal);
    if (result.ec != std::errc{} || result.ptr != end || mode > mode_max) {
        throw Error{Error::Kind::invalid, "not a mode: \"" + text + "\"", "mode",
                    "as chmod(1) takes it in numbers, for example \"0640\""};
    }
    return mode;
}

}  // namespace

void CommandSource::describe(proto::Fields& fields)
{
    fields.member({"path",
                   "of the file that its output becomes, relative to the job's source: "
                   "\"dumps/shop.sql\"",
                   true},
                  path);
    fields.member({.name = "command",
                   .about = "program and arguments, in the instance of a user. No shell reads it",
                   .max = words_max},
                  command);
    fields.member({"program", "in the system's instance, the name of a program in "
                              "/etc/duplid/commands, which is run as duplid-command@NAME.service"},
                  program);
    fields.member({"time_limit", "it is ended, and the backup fails, when it takes longer; "
                                 "default: \"24h\""},
                  time_limit);
    fields.member({"mode", "of the file; default: \"0600\""}, mode);
}

proto::CommandParams to_params(const CommandSource& source)
{
    proto::CommandParams params;
    params.path = source.path;
    params.command = source.command;
    params.program = source.program;
    if (!source.time_limit.empty()) {
        const auto seconds = seconds_from(source.time_limit, "time_limit");
        if (seconds < 1 || seconds > seconds_max) {
            throw Error{Error::Kind::invalid, "a time limit is between a second and a year",
                        "time_limit", "for example \"2h\""};
        }
        params.time_limit_seconds = static_cast<std::uint64_t>(seconds);
    }
    if (!source.mode.empty()) {
        params.mode = mode_from(source.mode);
    }
    return params;
}

}  // namespace duplid::jobs
