// A spool under the name that it is to have, for programs that take names and no descriptors.
#pragma once

#include "storage/io/temp_file.hpp"

#include <string>

namespace duplid::command {

/// A directory of its own with one file in it: `name`, whose content is the spool's. A link where
/// the spool has a name on the same file system, else a copy. Goes with this object.
class NamedSpool {
public:
    /// `temp_directory` may be empty: io::default_temp_directory(). Throws: Error no_space, denied.
    NamedSpool(const io::TempFile& spool, const std::string& name,
               const std::string& temp_directory);

    [[nodiscard]] const std::string& directory() const noexcept { return directory_.path(); }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    io::TempDirectory directory_;
    std::string path_;
};

/// What make_spool() of such a backend gives: a file with a name, so that no copy is needed later.
[[nodiscard]] io::TempFile make_named_spool(const std::string& name,
                                            const std::string& temp_directory);

}  // namespace duplid::command
