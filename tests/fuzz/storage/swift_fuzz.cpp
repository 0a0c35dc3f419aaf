// Any text as an answer of Swift or of the service that lets people into it. Each is taken apart or
// refused.
#include "storage/io/error.hpp"
#include "storage/remote/swift/answers.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace duplid;

namespace {

template <typename Parse>
void attempt(Parse parse)
{
    try {
        static_cast<void>(parse());
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::unreachable && error.kind() != Error::Kind::invalid) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const swift::Account account;
    attempt([&] { return swift::parse_session_v2(text, account); });
    attempt([&] { return swift::parse_session_v3(text, io::Secret{"token"}, account); });
    attempt([&] { return swift::parse_page(text, "target"); });
    attempt([&] { return swift::parse_manifest(text, "target"); });
    const auto abilities = swift::parse_abilities(text);
    if (abilities.segments_max == 0 || abilities.object_bytes_max == 0) {
        std::abort();
    }
    static_cast<void>(
        swift::error_from({}, {.status = 401, .headers = {}, .text = std::string{text}}));
    return 0;
}
