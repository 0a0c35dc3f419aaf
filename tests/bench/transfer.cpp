// Moves files as runs do, through the backends themselves: what tests/bench/transports measures.
//
//   bench_transfer put|get URL DIRECTORY CONCURRENCY
//
// put: each file of DIRECTORY under its own name, and its size looked at afterwards. get: all files
// of the target into DIRECTORY. DUPLID_BENCH_OPTIONS and DUPLID_BENCH_VARIABLES are objects as
// tests/storage/options.hpp has them. Nothing is tried twice: a failure would be time.
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/registry.hpp"
#include "storage/remote/retry.hpp"
#include "tests/storage/options.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace duplid;

namespace {

constexpr const char* usage = "usage: bench_transfer put|get URL DIRECTORY CONCURRENCY\n";

std::string variable(const char* name)
{
    const char* const value = std::getenv(name);
    return value == nullptr ? "{}" : value;
}

std::unique_ptr<remote::Remote> open_target(const std::string& url, unsigned concurrency)
{
    auto options = storage_tests::options_from(url, variable("DUPLID_BENCH_OPTIONS"),
                                               variable("DUPLID_BENCH_VARIABLES"));
    options.concurrency = concurrency;
    options.on_notice = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
    return std::make_unique<remote::RetryingRemote>(remote::open(url, options),
                                                    remote::RetryOptions{.attempts = 1});
}

// By the time a backup puts a volume, its spool holds it. So where the spool may be anywhere, it is
// made the source itself; where it is a file of the target's own, filling it is the transfer.
io::TempFile spool_of(remote::Remote& target, const std::string& path, const std::string& name)
{
    auto source = io::open_file(path, O_RDONLY);
    auto spool = target.make_spool(name, io::default_temp_directory());
    if (!spool.path().empty()) {
        io::FileSource content{std::move(source), path};
        io::FdSink sink{spool.fd(), spool.path()};
        io::copy(content, sink);
    } else if (::dup3(source.get(), spool.fd(), O_CLOEXEC) < 0) {
        throw system_error(errno, "opening", path);
    }
    return spool;
}

void put(remote::Remote& target, const std::string& directory, const std::string& name)
{
    auto spool = spool_of(target, directory + '/' + name, name);
    const auto bytes = spool.bytes();
    target.put(spool, name);
    if (const auto error = remote::wrong_size(name, target.size_after_put(name, bytes), bytes)) {
        throw Error{*error};
    }
}

void get(remote::Remote& target, const std::string& directory, const std::string& name)
{
    const auto path = directory + '/' + name;
    const auto file = io::open_file(path, O_WRONLY | O_CREAT | O_EXCL);
    io::FdSink sink{file.get(), path};
    target.get(name, sink);
}

std::vector<std::string> names_in(const std::string& directory)
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
        names.push_back(entry.path().filename().string());
    }
    return names;
}

std::vector<std::string> names_on(remote::Remote& target)
{
    std::vector<std::string> names;
    for (auto& listed : target.list()) {
        names.push_back(std::move(listed.name));
    }
    return names;
}

/// Several threads take names in turn; the first failure ends it.
void for_each(const std::vector<std::string>& names, unsigned concurrency,
              const std::function<void(const std::string&)>& move)
{
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr failure;
    {
        std::vector<std::jthread> threads;
        for (unsigned number = 0; number < concurrency; ++number) {
            threads.emplace_back([&] {
                try {
                    for (auto at = next++; at < names.size(); at = next++) {
                        move(names[at]);
                    }
                } catch (...) {
                    next = names.size();
                    const std::lock_guard guard{mutex};
                    failure = std::current_exception();
                }
            });
        }
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

int run(const std::string& verb, const std::string& url, const std::string& directory,
        unsigned concurrency)
{
    const auto target = open_target(url, concurrency);
    if (verb == "put") {
        for_each(names_in(directory), concurrency,
                 [&](const std::string& name) { put(*target, directory, name); });
    } else {
        std::filesystem::create_directories(directory);
        for_each(names_on(*target), concurrency,
                 [&](const std::string& name) { get(*target, directory, name); });
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() != 4 || (words[0] != "put" && words[0] != "get")) {
        fmt::print(stderr, usage);
        return 2;
    }
    // As the daemon has it: a server that went away shows in an error, not in a signal.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return run(words[0], words[1], words[2], static_cast<unsigned>(std::stoul(words[3])));
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
