// One stored file of an archive, read back: hash, decryption, inflation, as its name says.
#pragma once

#include "engine/codec/openpgp.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/source.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace duplid::volume {

enum class Packing { plain, gzip, gpg };

struct OpenOptions {
    /// Of Packing::gpg. Null is an Error wrong_secret for such a file.
    const codec::OpenPgpSettings* encryption = nullptr;
    std::string temp_directory;
};

/// The content of a stored file. `file` is read from its beginning.
/// Throws: as codec::open_encrypted(), `name` being the object; reading throws Error corrupt on
/// damage.
[[nodiscard]] std::unique_ptr<io::Source> open_file(io::Fd file, const std::string& name,
                                                    Packing packing, const OpenOptions& options);

/// The SHA-1 of a file's whole content as lower-case hex; its position is left alone.
[[nodiscard]] std::string sha1_of(int fd, const std::string& name);

}  // namespace duplid::volume
