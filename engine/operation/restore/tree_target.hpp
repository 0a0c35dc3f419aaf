// Where the objects of a restore go: into a tree, or only into a list of what would happen.
#pragma once

#include "engine/operation/restore/overwrite.hpp"
#include "engine/tar/header.hpp"
#include "storage/io/sink.hpp"

#include <functional>
#include <string>

namespace duplid::operation {

using WriteContent = std::function<void(io::Sink&)>;
using CheckContent = std::function<void(const std::string& sha256)>;

/// Keys are relative to the destination; the empty key is the destination itself.
class TreeTarget {
public:
    TreeTarget() = default;
    TreeTarget(const TreeTarget&) = delete;
    TreeTarget& operator=(const TreeTarget&) = delete;
    virtual ~TreeTarget() = default;

    /// A directory. It is made now, and what is below it comes next.
    virtual Effect add_directory(const std::string& key, const tar::Header& header) = 0;
    /// A symbolic link, fifo or device.
    virtual Effect add_special(const std::string& key, const tar::Header& header) = 0;
    /// A regular file, whose content `write` puts into the sink it is given, if it is called at
    /// all. `check`, if given, is then called with the SHA-256 (hex) of what was written. When one
    /// of them throws, no trace of the file is left.
    virtual Effect add_file(const std::string& key, const tar::Header& header,
                            const WriteContent& write, const CheckContent& check) = 0;
    /// All objects came.
    virtual void finish() = 0;
};

}  // namespace duplid::operation
