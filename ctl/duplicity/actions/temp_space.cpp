#include "ctl/duplicity/actions/temp_space.hpp"

#include <cstdint>
#include <cstdlib>
#include <fmt/format.h>
#include <string>
#include <sys/statvfs.h>

namespace duplid::duplicity {

namespace {

/// As Python's tempfile chooses: the first variable that is set, else /tmp.
std::string temp_directory(const Invocation& invocation)
{
    if (!invocation.tempdir.empty()) {
        return invocation.tempdir;
    }
    for (const char* const name : {"TMPDIR", "TEMP", "TMP"}) {
        const char* const value = std::getenv(name);
        if (value != nullptr && *value != '\0') {
            return value;
        }
    }
    return "/tmp";
}

/// A volume, another one that is uploaded meanwhile, and a third of one.
std::uint64_t needed_bytes(const Invocation& invocation)
{
    constexpr std::uint64_t share = 10;
    constexpr std::uint64_t spare_shares = 3;
    const std::uint64_t volumes = invocation.asynchronous_upload ? 2 : 1;
    return invocation.volsize_bytes * (volumes * share + spare_shares) / share;
}

}  // namespace

void tell_temp_space(Context& context)
{
    const auto& invocation = context.invocation;
    struct statvfs facts {};
    if ((!is_backup(invocation.action) && invocation.action != Action::restore) ||
        ::statvfs(temp_directory(invocation).c_str(), &facts) != 0) {
        return;
    }
    context.reporter.info(fmt::format("Temp has {} available, backup will use approx {}.",
                                      static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize,
                                      needed_bytes(invocation)));
}

}  // namespace duplid::duplicity
