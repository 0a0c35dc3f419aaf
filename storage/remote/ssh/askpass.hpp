// A way to give a password to the ssh program, which takes it from a terminal or another program
// only.
#pragma once

#include "storage/io/fd.hpp"
#include "storage/io/secret.hpp"
#include "storage/io/temp_file.hpp"

#include <string>

namespace duplid::ssh {

/// A small script in a directory of its own, and a named pipe that holds the password for it: in
/// the kernel's memory, never in a file, an argument or an environment. The script answers
/// questions for a key's passphrase and for the password of `host`, not those of machines on the
/// way there.
class Askpass {
public:
    /// Throws: Error when they cannot be made.
    Askpass(const io::Secret& password, const std::string& host, const std::string& temp_directory);

    /// What SSH_ASKPASS is to be.
    [[nodiscard]] const std::string& program() const noexcept { return program_; }

private:
    io::TempDirectory directory_;
    std::string program_;
    io::Fd pipe_;
};

}  // namespace duplid::ssh
