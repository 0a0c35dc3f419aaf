// What a disk may hold after the power went, at any moment of a run in this very process.
//
// As failing_calls.hpp: the executable defines write(), rename(), fsync() and their kind itself,
// and so sees the calls of SQLite, too. Here they all succeed, and are written down.
//
// The model: what was written to a file is sure once that file was synced; before, each write may
// or may not have reached the disk, in any order, and the last of them in part. Names are sure once
// their directory was synced; before, a file system has carried out some of the changes to it, the
// earlier ones first (as journals of file systems do). Directories themselves appear at once.
#pragma once

#include <cstddef>
#include <filesystem>

namespace duplid::support {

/// Writes down what happens to files below `root` while it exists; what is there when it is made
/// counts as sure. One at a time; any thread's calls count. Files called "*-shm" are passed over:
/// SQLite keeps in them what it makes anew after a power cut.
class PowerLoss {
public:
    enum class Fate {
        nothing,     ///< of what was not synced is there
        everything,  ///< is there, although nobody asked for it
        some,        ///< writes and names, as `seed` has it
    };

    explicit PowerLoss(const std::filesystem::path& root);
    PowerLoss(const PowerLoss&) = delete;
    PowerLoss& operator=(const PowerLoss&) = delete;
    ~PowerLoss();

    /// How many calls were written down so far.
    [[nodiscard]] std::size_t calls() const;

    /// Makes `to`, which is not there, what `root` may be if the power goes after that many calls.
    void leave(std::size_t calls, Fate fate, unsigned seed, const std::filesystem::path& to) const;
};

}  // namespace duplid::support
