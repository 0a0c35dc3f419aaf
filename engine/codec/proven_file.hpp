// Reading an encrypted file that is known already to be what was written.
#pragma once

#include "engine/codec/openpgp.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/source.hpp"

#include <memory>
#include <string>

namespace duplid::codec {

/// As open_encrypted(), for a file whose hash was compared before: its content comes while gpg
/// decrypts it, and lies in no file meanwhile. What gpg finds wrong only at its end is an Error of
/// the last read(). Reads `file` from where it is.
[[nodiscard]] std::unique_ptr<io::Source> open_proven(io::Fd file, const std::string& name,
                                                      const OpenPgpSettings& settings,
                                                      const std::string& temp_directory,
                                                      DecryptReport& report,
                                                      Engine engine = fastest_engine());

}  // namespace duplid::codec
