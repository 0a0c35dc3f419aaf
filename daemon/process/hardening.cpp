#include "daemon/process/hardening.hpp"

#include "proto/target_variables.hpp"
#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/secret.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace duplid::daemon {

namespace {

void raise_descriptor_limit() noexcept
{
    struct rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void close_range_or_each(unsigned first, unsigned last)
{
    if (first > last || ::close_range(first, last, 0) == 0) {
        return;
    }
    // A kernel before 5.9.
    struct rlimit limit {};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const auto end = static_cast<unsigned>(std::min<rlim_t>(limit.rlim_cur, 65'536));
    for (auto fd = first; fd <= last && fd < end; ++fd) {
        ::close(static_cast<int>(fd));
    }
}

}  // namespace

void harden_process()
{
    const struct rlimit none {
    };
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    raise_descriptor_limit();
    std::signal(SIGPIPE, SIG_IGN);
}

void wipe_environment_secrets()
{
    std::vector<std::string> names;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text{*variable};
        if (proto::is_secret_variable(text.substr(0, text.find('=')))) {
            names.emplace_back(text.substr(0, text.find('=')));
        }
    }
    // Only now, because taking one out moves the others.
    for (const auto& name : names) {
        if (char* value = std::getenv(name.c_str())) {
            io::wipe(value, std::strlen(value));
            ::unsetenv(name.c_str());
        }
    }
}

void close_other_descriptors(int kept, bool with_streams)
{
    const auto null = io::open_file("/dev/null", O_RDWR);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO}) {
        if (!with_streams && standard != kept && ::dup2(null.get(), standard) < 0) {
            throw system_error(errno, "redirecting standard input and output", "/dev/null");
        }
    }
    constexpr unsigned first = STDERR_FILENO + 1;
    const auto keep = static_cast<unsigned>(kept);
    if (keep > first) {
        close_range_or_each(first, keep - 1);
    }
    close_range_or_each(std::max(keep + 1, first), ~0U);
}

}  // namespace duplid::daemon
