#include "tests/storage/target.hpp"

#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/registry.hpp"
#include "tests/storage/options.hpp"
#include "tests/support/forwarding_remote.hpp"
#include "tests/support/memory_remote.hpp"
#include "tests/support/quick_directory.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <sstream>
#include <stdexcept>
#include <unistd.h>
#include <vector>

namespace duplid::storage_tests {

namespace {

std::string variable(const char* name, const char* otherwise = "")
{
    const char* const value = std::getenv(name);
    return value == nullptr ? otherwise : value;
}

std::vector<std::string> words_of(const std::string& text)
{
    std::istringstream stream{text};
    std::vector<std::string> words;
    for (std::string word; stream >> word;) {
        words.push_back(word);
    }
    return words;
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

Settings read_settings()
{
    // As the daemon has it: a server that went away shows in an error, not in a signal.
    ::signal(SIGPIPE, SIG_IGN);
    Settings settings;
    settings.url = variable("DUPLID_CONFORMANCE_URL");
    const auto options = variable("DUPLID_CONFORMANCE_OPTIONS", "{}");
    const auto variables = variable("DUPLID_CONFORMANCE_VARIABLES", "{}");
    settings.options = options_from(settings.url, options, variables);
    settings.own_directories = variable("DUPLID_CONFORMANCE_PLACE", "directory") == "directory";
    settings.excluded = variable("DUPLID_CONFORMANCE_EXCLUDE");
    for (const auto& word : words_of(settings.excluded)) {
        if (std::find(abilities.begin(), abilities.end(), word) == abilities.end()) {
            throw std::runtime_error{"DUPLID_CONFORMANCE_EXCLUDE: no such ability: " + word};
        }
    }
    settings.files =
        static_cast<std::uint32_t>(std::stoul(variable("DUPLID_CONFORMANCE_FILES", "5000")));
    settings.large_bytes = std::stoull(variable("DUPLID_CONFORMANCE_LARGE", "6000001"));
    if (const auto huge = variable("DUPLID_CONFORMANCE_HUGE"); !huge.empty()) {
        settings.huge_bytes = std::stoull(huge);
    }
    settings.restart = variable("DUPLID_CONFORMANCE_RESTART");

    const auto flaky = words_of(variable("DUPLID_CONFORMANCE_FLAKY"));
    if (!flaky.empty()) {
        // Wherever the server's port is named: in the URL, in an endpoint, in a variable.
        const auto from = ":" + flaky.at(2);
        const auto to = ":" + flaky.at(0);
        const auto url = replaced(settings.url, from, to);
        settings.flaky = {
            url, options_from(url, replaced(options, from, to), replaced(variables, from, to)),
            static_cast<std::uint16_t>(std::stoul(flaky.at(1)))};
    }
    fmt::print(stderr, "target: {}\nexcused from: {}\na long listing: {} files\n",
               settings.url.empty() ? "a directory of its own" : "as given",
               settings.excluded.empty() ? "nothing" : settings.excluded, settings.files);
    return settings;
}

// Below the path of `url`, whatever query follows it.
std::string below(const std::string& url, const std::string& directory)
{
    if (directory.empty()) {
        return url;
    }
    const auto query = std::min(url.find('?'), url.size());
    return url.substr(0, query) + "/" + directory + url.substr(query);
}

void empty(remote::Remote& remote)
{
    std::vector<std::string> names;
    for (const auto& listed : remote.list()) {
        names.push_back(listed.name);
    }
    remote.remove(names);
}

}  // namespace

bool Settings::can(std::string_view ability) const
{
    const auto words = words_of(excluded);
    return std::find(words.begin(), words.end(), ability) == words.end();
}

const Settings& settings()
{
    static const Settings the_settings = read_settings();
    return the_settings;
}

struct Target::Place {
    /// Of targets that are this program's own.
    std::unique_ptr<support::MemoryRemote> memory;
    std::optional<io::TempDirectory> local;

    std::string url;
    std::string directory;
};

Target::Target() : place_{std::make_unique<Place>()}
{
    static std::atomic<unsigned> number{0};
    const auto& given = settings();
    if (given.url == "memory:") {
        place_->memory = std::make_unique<support::MemoryRemote>();
        return;
    }
    if (given.url.empty()) {
        place_->local.emplace(support::quick_directory());
        // A directory that must first be made, with characters that mean something in URLs.
        place_->url = "file://" + place_->local->path() + "/a%20b/c%25d";
        return;
    }
    place_->url = given.url;
    if (given.own_directories) {
        // The process too, since one server's place may serve several runs of this program.
        place_->directory = fmt::format("case-{}-{}", ++number, ::getpid());
    } else {
        empty(*open());
    }
}

Target::~Target()
{
    if (place_->url.empty() || place_->local) {
        return;
    }
    // So that hundreds of megabytes do not pile up in a server that keeps them in memory.
    try {
        empty(*open());
    } catch (const Error& error) {
        fmt::print(stderr, "left behind in {}: {}\n", place_->directory, error.what());
    }
}

std::unique_ptr<remote::Remote> Target::open() const
{
    if (place_->memory) {
        return std::make_unique<support::LentRemote>(*place_->memory);
    }
    return remote::open(below(place_->url, place_->directory), settings().options);
}

std::unique_ptr<remote::Remote> Target::open_through_proxy() const
{
    const auto& flaky = settings().flaky.value();
    return remote::open(below(flaky.url, place_->directory), flaky.options);
}

}  // namespace duplid::storage_tests
