// Commands of a job whose output becomes files of its backups.
#pragma once

#include "proto/backup.hpp"
#include "proto/field.hpp"

#include <string>
#include <vector>

namespace duplid::jobs {

/// {"path": "dumps/db.sql", "command": ["pg_dump", "shop"], "time_limit": "2h", "mode": "0640"}
struct CommandSource {
    std::string path;                  ///< relative to the job's source
    std::vector<std::string> command;  ///< the program and its arguments; no shell
    std::string program;  ///< in the system's instance: of a file in /etc/duplid/commands
    std::string time_limit;
    std::string mode;  ///< octal

    void describe(proto::Fields& fields);
};

/// Throws: Error invalid, its object the member.
[[nodiscard]] proto::CommandParams to_params(const CommandSource& source);

}  // namespace duplid::jobs
