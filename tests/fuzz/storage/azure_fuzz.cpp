// Any text as an answer of Azure's blob service: a list, the reason of a refusal; and as a
// connection string. Each is taken apart or refused, and no secret gets into an error.
#include "storage/io/error.hpp"
#include "storage/remote/azure/account.hpp"
#include "storage/remote/azure/answers.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace duplid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    try {
        static_cast<void>(azure::parse_unused_blocks(text, "target"));
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::unreachable) {
            std::abort();
        }
    }
    try {
        static_cast<void>(azure::parse_page(text, "target"));
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::unreachable) {
            std::abort();
        }
    }
    const http::Answer answer{.status = 503, .headers = {}, .text = std::string{text}};
    static_cast<void>(azure::code_of(answer));
    static_cast<void>(azure::error_from({}, answer));
    try {
        remote::Variables variables;
        variables.set("AZURE_CONNECTION_STRING", text);
        static_cast<void>(azure::account_from(variables));
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::invalid && error.kind() != Error::Kind::denied) {
            std::abort();
        }
    }
    return 0;
}
