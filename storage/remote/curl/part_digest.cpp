#include "storage/remote/curl/part_digest.hpp"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace duplid::curl {

namespace {

constexpr std::size_t step_bytes = std::size_t{256} << 10U;

}  // namespace

std::string digest_hex(io::Digest::Algorithm algorithm, const FilePart& part)
{
    io::Digest digest{algorithm};
    io::Bytes buffer(static_cast<std::size_t>(std::min<std::uint64_t>(part.bytes, step_bytes)));
    for (std::uint64_t done = 0; done < part.bytes;) {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), part.bytes - done));
        const auto got =
            ::pread(part.fd, buffer.data(), wanted, static_cast<off_t>(part.offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            throw system_error(errno, "reading what is to be sent", {});
        }
        if (got == 0) {
            throw Error{Error::Kind::internal, "a file became shorter before it was sent"};
        }
        digest.add(io::ByteView{buffer}.first(static_cast<std::size_t>(got)));
        done += static_cast<std::uint64_t>(got);
    }
    return digest.hex();
}

}  // namespace duplid::curl
