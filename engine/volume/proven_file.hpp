// One stored file read back whose hash was compared with what the archive says of it.
#pragma once

#include "engine/volume/opened_file.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/source.hpp"

#include <memory>
#include <string>

namespace duplid::volume {

/// As open_file(), but an encrypted file is decrypted while it is read, not as a whole before.
[[nodiscard]] std::unique_ptr<io::Source>
open_proven_file(io::Fd file, const std::string& name, Packing packing, const OpenOptions& options);

}  // namespace duplid::volume
