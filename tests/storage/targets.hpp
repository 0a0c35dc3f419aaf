// The targets that the conformance suite runs against. A new backend adds one struct here, and its
// name to the list of each case.
#pragma once

#include "storage/io/temp_file.hpp"
#include "storage/remote/registry.hpp"
#include "tests/support/forwarding_remote.hpp"
#include "tests/support/memory_remote.hpp"
#include "tests/support/quick_directory.hpp"

#include <memory>

namespace duplid::storage_tests {

/// Each has an empty target that goes with it, and open() to reach it, as often as one likes.
struct MemoryTarget {
    support::MemoryRemote memory;

    std::unique_ptr<remote::Remote> open() { return std::make_unique<support::LentRemote>(memory); }
};

struct FileTarget {
    io::TempDirectory directory{support::quick_directory()};

    std::unique_ptr<remote::Remote> open()
    {
        // A directory that must first be made, with characters that mean something in URLs.
        return remote::open("file://" + directory.path() + "/a%20b/c%25d", {});
    }
};

}  // namespace duplid::storage_tests
