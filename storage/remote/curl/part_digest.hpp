// The digest of what is about to be sent.
#pragma once

#include "storage/io/digest.hpp"
#include "storage/remote/curl/transfer.hpp"

#include <string>

namespace duplid::curl {

/// Of the bytes of `part`, as lower-case hex. Throws: Error, also when the file ends before it.
[[nodiscard]] std::string digest_hex(io::Digest::Algorithm algorithm, const FilePart& part);

}  // namespace duplid::curl
