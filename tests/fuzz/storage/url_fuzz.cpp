// Any text as a target's URL: it is taken apart or refused, and no form that may be shown has the
// password in it.
#include "storage/io/error.hpp"
#include "storage/remote/url.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace duplid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    static_cast<void>(remote::looks_like_url(text));
    static_cast<void>(remote::redacted(text));
    // A password that stands nowhere else in the text.
    constexpr std::string_view secret = "S3cr\xfft";
    const auto place = text.find("://");
    if (text.find(secret) == std::string_view::npos && place != std::string_view::npos &&
        text.find(':') == place) {
        std::string with{text};
        with.insert(place + 3, "user:" + std::string{secret} + "@");
        // What is no URL is a path, and shown as it is; so is the path of a file URL, which has no
        // password.
        const bool is_file = std::ranges::equal(text.substr(0, place), std::string_view{"file"},
                                                [](char c, char f) { return (c | ' ') == f; });
        if (remote::looks_like_url(with) && !is_file &&
            remote::redacted(with).find(secret) != std::string::npos) {
            std::abort();
        }
    }
    try {
        const auto url = remote::parse_url(text);
        static_cast<void>(remote::canonical(url, "/here"));
        static_cast<void>(remote::local_path(url, "/here"));
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::invalid) {
            std::abort();
        }
    }
    return 0;
}
