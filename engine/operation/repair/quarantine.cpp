#include "engine/operation/repair/quarantine.hpp"

#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr int attempts_max = 1000;

std::string free_name(Archive& archive, const std::string& name)
{
    auto candidate = fmt::format("{}{}", quarantine_head, name);
    for (int number = 2; archive.target.size_of(candidate).has_value(); ++number) {
        if (number > attempts_max) {
            throw Error{Error::Kind::invalid, "there is no free name in quarantine for " + name,
                        name, "move the files whose names begin with quarantine- elsewhere"};
        }
        candidate = fmt::format("{}{}-{}", quarantine_head, number, name);
    }
    return candidate;
}

}  // namespace

bool quarantine(Archive& archive, const std::string& name)
{
    if (!archive.target.can_rename()) {
        return false;
    }
    archive.target.rename(name, free_name(archive, name));
    return true;
}

void quarantine_before_replacing(Archive& archive, const std::string& name)
{
    if (quarantine(archive, name)) {
        return;
    }
    const auto to = free_name(archive, name);
    volume::StoredFile copy{
        archive.target.make_spool(to, archive.settings.temp_directory), 0, {}, {}, 0};
    io::FdSink sink{copy.spool.fd(), to};
    archive.target.get(name, sink);
    copy.bytes = copy.spool.bytes();
    ship(archive.target, copy, to);
}

bool makes_duplicity_fail(std::string_view name, const naming::Prefixes& prefixes)
{
    if (name.find(".par2") != std::string_view::npos) {
        return false;
    }
    static constexpr std::array kinds{".difftar", ".sigtar", ".manifest", ".dt", ".st", ".m"};
    for (const std::string_view kind : kinds) {
        const auto at = name.find(kind);
        if (at == std::string_view::npos) {
            continue;
        }
        const auto end = at + kind.size();
        if (end < name.size() && name[end] != '.') {
            continue;
        }
        auto head = std::string{name.substr(0, end)};
        // Volume 0 is refused by our reader, and so is not found to be a name below.
        if (const auto zero = head.rfind(".vol0."); zero != std::string::npos) {
            head.replace(zero, std::string_view{".vol0."}.size(), ".vol1.");
        }
        if (naming::parse(head, prefixes)) {
            return true;
        }
    }
    return false;
}

}  // namespace duplid::operation
