#include "engine/operation/question/why.hpp"

#include "engine/select/entry_probe.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace duplid::operation {

namespace {

/// The path as the walk would spell it (command-line.md 6.2).
std::string path_below(const std::string& source, const std::string& typed)
{
    const auto joined = [](const std::string& base, const std::string& rest) {
        return base + (base.ends_with('/') ? "" : "/") + rest;
    };
    const auto path = select::normal_source(typed);
    const bool is_below =
        path.starts_with(source) &&
        (path.size() == source.size() || source.ends_with('/') || path[source.size()] == '/');
    if (is_below && source != ".") {
        return path;
    }
    if (typed.starts_with('/')) {
        throw Error{Error::Kind::invalid,
                    "the path is not below the source " + io::printable(source),
                    io::printable(typed)};
    }
    return path == "." ? source : joined(source, path);
}

std::optional<select::Type> type_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return select::Type::regular;
    case S_IFDIR:
        return select::Type::directory;
    case S_IFLNK:
        return select::Type::symlink;
    case S_IFIFO:
        return select::Type::fifo;
    case S_IFCHR:
        return select::Type::character;
    case S_IFBLK:
        return select::Type::block;
    default:
        return std::nullopt;
    }
}

/// Asks about one path on the way down.
class Asker {
public:
    explicit Asker(const WhyRequest& request)
        : rules_{request.rules, request.source, request.rule_settings}
    {
        struct stat facts {};
        has_device_ = ::lstat(request.source.c_str(), &facts) == 0;
        device_ = facts.st_dev;
    }

    /// True when this settles the matter. `is_last`: it is the path itself.
    bool ask(const std::string& path, bool is_last, WhyAnswer& answer)
    {
        struct stat facts {};
        const bool exists = ::lstat(path.c_str(), &facts) == 0;
        const auto type = exists    ? type_of(facts.st_mode)
                          : is_last ? std::optional{select::Type::regular}
                                    : std::optional{select::Type::directory};
        answer.exists = exists;
        answer.decided_at = path;
        if (!type) {
            answer.fate = WhyAnswer::Fate::left_out;
            answer.rule = "sockets are never stored";
            return true;
        }
        const select::EntryProbe marks{AT_FDCWD, path.c_str()};
        const auto reason = rules_.explain(
            path, {.type = *type,
                   .mtime = facts.st_mtime,
                   .size = static_cast<std::uint64_t>(facts.st_size),
                   .other_filesystem = exists && has_device_ && facts.st_dev != device_,
                   .markers = &marks});
        const bool is_directory = *type == select::Type::directory;
        answer.fate = reason.verdict == select::Verdict::include ? WhyAnswer::Fate::stored
                      : reason.verdict == select::Verdict::scan && is_directory
                          ? WhyAnswer::Fate::scanned
                          : WhyAnswer::Fate::left_out;
        answer.origin = reason.origin;
        answer.rule = reason.description;
        if (reason.verdict == select::Verdict::scan) {
            answer.rule = is_directory
                              ? "an include option may match something below it"
                              : "an include option could match only below it, and none includes it";
        }
        return is_last || answer.fate == WhyAnswer::Fate::left_out;
    }

private:
    select::Rules rules_;
    bool has_device_ = false;
    dev_t device_ = 0;
};

}  // namespace

WhyAnswer why(const WhyRequest& request)
{
    WhyAnswer answer;
    answer.path = path_below(request.source, request.path);
    Asker asker{request};
    if (answer.path == request.source) {
        struct stat facts {};
        answer.exists = ::lstat(answer.path.c_str(), &facts) == 0;
        answer.decided_at = answer.path;
        answer.rule = "the source itself is always stored";
        return answer;
    }
    auto end = request.source.size() + (request.source.ends_with('/') ? 0 : 1);
    while (end != std::string::npos) {
        end = answer.path.find('/', end);
        if (asker.ask(answer.path.substr(0, end), end == std::string::npos, answer)) {
            break;
        }
        ++end;
    }
    return answer;
}

}  // namespace duplid::operation
