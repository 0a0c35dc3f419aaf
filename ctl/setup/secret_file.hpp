// Secrets that jobs name: how one is made, and the file that it is kept in.
#pragma once

#include "ctl/setup/undo.hpp"
#include "proto/secret_text.hpp"

#include <string>

namespace duplid::setup {

/// Five groups of five letters and digits that nobody takes for each other, 125 bits from the
/// kernel: "k7mq3-..." Throws: Failure.
[[nodiscard]] proto::SecretText generated_passphrase();

/// A path in `directory` that nothing has yet: `name`, else `name`-2 and so on.
[[nodiscard]] std::string free_path(const std::string& directory, const std::string& name);

/// Makes the file, which only its owner may read, and its directory if need be.
/// Throws: Failure; also when the file is there already.
void write_secret(const std::string& path, const proto::SecretText& secret, Undo& undo);

/// The same for what is private, but no secret, and may be written again.
void write_private(const std::string& path, const std::string& text);

/// Makes a directory that only its owner may enter, and those above it. One that is there stays as
/// it is, and one that is not empty any more is not taken back. Throws: Failure.
void make_private_directory(const std::string& path, Undo& undo);

}  // namespace duplid::setup
