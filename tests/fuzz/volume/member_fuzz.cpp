// Any name as that of a tar entry: an object inside the backup or an Error. What is written for the
// object found is read as the same object.
#include "engine/naming/index.hpp"
#include "engine/volume/member.hpp"
#include "storage/io/error.hpp"

#include <cstdlib>
#include <string>

using namespace duplid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes)
{
    tar::Header header;
    header.name.assign(reinterpret_cast<const char*>(data), bytes);
    volume::Member member;
    try {
        member = volume::member_of(header);
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            std::abort();
        }
        return 0;
    }
    const auto path = "/" + naming::path_of_key(member.key) + "/";
    if (path.find("/../") != std::string::npos) {
        std::abort();
    }
    tar::Header again;
    if (member.block) {
        volume::put_block_name(member.kind, member.key, *member.block, again.name);
    } else {
        volume::put_member_name(volume::Container::difftar, member.kind, member.key,
                                tar::Type::regular, again.name);
    }
    const auto twin = volume::member_of(again);
    if (twin.key != member.key || twin.kind != member.kind || twin.block != member.block) {
        std::abort();
    }
    return 0;
}
