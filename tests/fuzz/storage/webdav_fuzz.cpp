// Any text as a WebDAV server's answer, as where it sends us, and as --webdav-headers.
#include "storage/io/error.hpp"
#include "storage/remote/webdav/header_list.hpp"
#include "storage/remote/webdav/multistatus.hpp"
#include "storage/remote/webdav/place.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace duplid;

namespace {

template <typename Action>
void may_refuse(Error::Kind kind, Action action)
{
    try {
        action();
    } catch (const Error& error) {
        if (error.kind() != kind) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    may_refuse(Error::Kind::unreachable, [&] {
        for (const auto& resource : webdav::parse_multistatus(text, "x")) {
            if (resource.path.ends_with('/') || resource.path.find("//") != std::string::npos) {
                std::abort();
            }
        }
    });
    http::Answer answer;
    answer.text = text;
    if (webdav::reason_of(answer).size() > 200) {
        std::abort();
    }
    static const auto place = webdav::place_of(remote::parse_url("webdavs://host/a/name"));
    may_refuse(Error::Kind::invalid, [&] {
        // Wherever it leads, the password stays with the host, and encrypted.
        const auto there = webdav::moved(place, "name", text);
        if (there.host != place.host || !there.is_tls || there.port != place.port) {
            std::abort();
        }
    });
    may_refuse(Error::Kind::invalid, [&] {
        for (const auto& header : webdav::parse_headers(text)) {
            if ((header.name + header.value).find_first_of("\r\n") != std::string::npos) {
                std::abort();
            }
        }
    });
    return 0;
}
