// Any bytes as what an sftp server sends: each packet is taken apart or refused as unreachable.
#include "storage/io/error.hpp"
#include "storage/remote/ssh/packet.hpp"
#include "storage/remote/ssh/sftp_program.hpp"
#include "storage/remote/ssh/shell_files.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <span>

using namespace duplid;
using namespace duplid::ssh;

namespace {

void expect_unreachable(const std::function<void()>& action)
{
    try {
        action();
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::unreachable) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto left = std::as_bytes(std::span{data, size});
    expect_unreachable([&] {
        while (const auto frame = find_frame(left)) {
            const std::array<std::function<void(PacketReader&)>, 6> parsers{
                [](PacketReader& reader) { static_cast<void>(parse_attributes(reader)); },
                [](PacketReader& reader) { static_cast<void>(parse_names(reader)); },
                [](PacketReader& reader) { static_cast<void>(parse_status(reader)); },
                [](PacketReader& reader) { static_cast<void>(parse_version(reader)); },
                [](PacketReader& reader) { static_cast<void>(parse_limits(reader)); },
                [](PacketReader& reader) { static_cast<void>(parse_free_bytes(reader)); }};
            for (const auto& parse : parsers) {
                expect_unreachable([&] {
                    PacketReader reader{frame->content};
                    parse(reader);
                });
            }
            left = left.subspan(frame->bytes);
        }
    });
    expect_unreachable([&] {
        static_cast<void>(parse_shell_listing({reinterpret_cast<const char*>(data), size}));
    });
    for (const auto& file : parse_long_listing({reinterpret_cast<const char*>(data), size})) {
        if (file.name.empty() || file.name.find('/') != std::string::npos) {
            std::abort();
        }
    }
    return 0;
}
