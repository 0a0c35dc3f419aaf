// Any text as an FTP server's listings and answers.
#include "storage/remote/ftp/listing.hpp"
#include "storage/remote/ftp/reply.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace duplid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    for (const auto& entry : ftp::parse_mlsd(text)) {
        if (entry.file.name.empty() || entry.file.name.find('/') != std::string::npos) {
            std::abort();
        }
    }
    for (const auto& name : ftp::parse_nlst(text)) {
        if (name.empty() || name.find('/') != std::string::npos) {
            std::abort();
        }
    }
    if (const auto reply = ftp::parse_reply(text);
        reply && (reply->code < 100 || reply->code > 999)) {
        std::abort();
    }
    return 0;
}
