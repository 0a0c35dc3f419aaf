// Any text as a file of ssh's configuration, as --ssh-options and as a file of known hosts.
#include "storage/io/error.hpp"
#include "storage/remote/command/child.hpp"
#include "storage/remote/ssh/config.hpp"
#include "storage/remote/ssh/known_hosts.hpp"
#include "storage/remote/ssh/login.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace duplid;
using namespace duplid::ssh;

namespace {

template <typename Action>
void expect_invalid(Action action)
{
    try {
        action();
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::invalid) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    expect_invalid([&] {
        Config config;
        ConfigSources sources;
        sources.host = "box.example";
        sources.home = "/home/me";
        // One file that is empty: those that are included are read like the first.
        sources.read = [](const std::string&) { return std::optional{std::string{}}; };
        sources.find = [](const std::string& pattern) { return std::vector{pattern}; };
        apply_file(config, sources, text, "/f", "/d");
    });
    expect_invalid([&] {
        Config config;
        static_cast<void>(apply_words(config, command::split_words(text)));
    });

    KnownHosts known;
    known.add(text, "/kh");
    const HostKey key{"ssh-ed25519", io::Bytes(51)};
    for (const unsigned port : {22U, 2222U}) {
        const auto types = known.types_for("box.example", port);
        static_cast<void>(known.has_authority("box.example", port));
        const auto answer = known.look_up("box.example", port, key);
        // Nobody knows a key of a type that is not on file.
        if (types.empty() && (answer == Acquaintance::known || answer == Acquaintance::changed)) {
            std::abort();
        }
    }
    static_cast<void>(key_type_of(text, {}));
    return 0;
}
