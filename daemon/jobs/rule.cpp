#include "daemon/jobs/rule.hpp"

#include "daemon/jobs/amounts.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <array>

namespace duplid::jobs {

namespace {

enum class Value { text, flag, span, size };

struct RuleRow {
    std::string_view name;
    Value value;
    std::string_view about;
};

constexpr std::array rows{
    RuleRow{"include", Value::text,
            "store what matches this glob; the first rule that fits counts"},
    RuleRow{"exclude", Value::text, "do not store what matches this glob"},
    RuleRow{"include_filelist", Value::text, "file with globs, one a line"},
    RuleRow{"exclude_filelist", Value::text, "file with globs, one a line"},
    RuleRow{"include_regexp", Value::text, "store paths in which this is found"},
    RuleRow{"exclude_regexp", Value::text, "do not store paths in which this is found"},
    RuleRow{"files_from", Value::text, "file with names below the source, which alone are stored"},
    RuleRow{"exclude_if_present", Value::text, "no directories that hold a file of this name"},
    RuleRow{"exclude_device_files", Value::flag, "no devices"},
    RuleRow{"exclude_other_filesystems", Value::flag, "only the source's own file system"},
    RuleRow{"exclude_caches", Value::flag, "no directories with a CACHEDIR.TAG"},
    RuleRow{"exclude_nodump", Value::flag, "nothing with the attribute \"d\""},
    RuleRow{"exclude_older_than", Value::span,
            "no files that were last changed longer ago: \"2y\""},
    RuleRow{"exclude_larger_than", Value::size, "no files that are larger: \"2G\""},
};

/// As the wire calls it: duplicity's option.
std::string kind_of(std::string_view name)
{
    std::string kind{name};
    std::ranges::replace(kind, '_', '-');
    return kind;
}

}  // namespace

Rule::Rule() : texts(rows.size()), flags(rows.size(), 0) {}

void Rule::describe(proto::Fields& fields)
{
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].value == Value::flag) {
            bool set = flags[i] != 0;
            fields.member({rows[i].name, rows[i].about}, set);
            flags[i] = set ? 1 : 0;
        } else if (rows[i].value == Value::text) {
            fields.path({rows[i].name, rows[i].about}, texts[i]);
        } else {
            fields.member({rows[i].name, rows[i].about}, texts[i]);
        }
    }
}

std::size_t Rule::count() const noexcept
{
    std::size_t count = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        count += !texts[i].empty() || flags[i] != 0 ? 1U : 0U;
    }
    return count;
}

proto::RuleParams to_params(const Rule& rule, std::int64_t now)
{
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rule.texts[i].empty() && rule.flags[i] == 0) {
            continue;
        }
        const auto& row = rows[i];
        proto::RuleParams params;
        params.kind = kind_of(row.name);
        switch (row.value) {
        case Value::text:
            params.value = rule.texts[i];
            break;
        case Value::span:
            params.time = now - seconds_from(rule.texts[i], std::string{row.name});
            break;
        case Value::size:
            params.bytes = bytes_from(rule.texts[i], std::string{row.name});
            break;
        case Value::flag:
            break;
        }
        return params;
    }
    throw Error{Error::Kind::invalid, "a rule that says nothing", "select"};
}

}  // namespace duplid::jobs
