#include "daemon/jobs/secret_bytes.hpp"

#include "storage/io/error.hpp"

namespace duplid::jobs {

void WipedSink::write(io::ByteView bytes)
{
    if (buffer_.size() + bytes.size() > secret_bytes_max) {
        throw Error{Error::Kind::wrong_secret,
                    "longer than " + std::to_string(secret_bytes_max) + " bytes"};
    }
    const auto* const begin = reinterpret_cast<const char*>(bytes.data());
    buffer_.insert(buffer_.end(), begin, begin + bytes.size());
}

proto::SecretText without_line_end(proto::WipedBuffer buffer, const std::string& object)
{
    if (!buffer.empty() && buffer.back() == '\n') {
        buffer.pop_back();
        if (!buffer.empty() && buffer.back() == '\r') {
            buffer.pop_back();
        }
    }
    if (buffer.empty()) {
        throw Error{Error::Kind::wrong_secret, "there is nothing in it", object};
    }
    return proto::SecretText{std::move(buffer)};
}

}  // namespace duplid::jobs
