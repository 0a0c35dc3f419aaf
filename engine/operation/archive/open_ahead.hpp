// Opens files of the target before their reader gets to them, several at once.
//
// What is encrypted costs a process each, and with a passphrase a tenth of a second in which gpg
// does nothing but derive its key (performance.md 1), unless that is done for several files
// together (codec/session_keys.hpp). One after the other, a chain of two hundred small sets would
// take minutes for that alone.
#pragma once

#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/open_turns.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/secret.hpp"
#include "storage/io/source.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace duplid::operation {

/// Each file is opened once, on a thread of its own; at most as many at a time as the archive's
/// pool has workers. A few more that are open wait for their reader, as long as they are small.
/// Where keys are derived together, some more files are fetched before that. One thread reads.
class OpenAhead {
public:
    /// `archive` must outlive this object, whose destructor waits for what is being opened.
    OpenAhead(Archive& archive, std::vector<std::string> names);
    OpenAhead(const OpenAhead&) = delete;
    OpenAhead& operator=(const OpenAhead&) = delete;
    ~OpenAhead() { turns_.end(); }

    /// The content of the next file in the order of the names, as open_from_target() gives it.
    /// Throws: as open_from_target(), for that file; it names it.
    [[nodiscard]] std::unique_ptr<io::Source> next();

private:
    /// Files whose keys are derived together, once they are fetched.
    struct Batch {
        std::vector<io::Fd> files;
        std::vector<io::Secret> keys;  ///< of each file; not set: gpg derives it
    };

    using SharedBatch = std::shared_future<std::shared_ptr<Batch>>;
    struct Opened {
        std::unique_ptr<io::Source> content;
        std::uint64_t bytes = 0;  ///< of the file, which its content takes as well, more or less
    };

    void start();
    /// On the file's own thread.
    [[nodiscard]] Opened open_in_turn(std::size_t file, const SharedBatch& batch);
    [[nodiscard]] Opened open(std::size_t file, const SharedBatch& batch) const;
    [[nodiscard]] SharedBatch batch_of(std::size_t file);
    [[nodiscard]] Batch fetch_batch(std::size_t first) const;
    [[nodiscard]] std::unique_ptr<io::Source> open_derived(io::Fd file, const std::string& name,
                                                           const io::Secret& key) const;

    Archive& archive_;
    std::vector<std::string> names_;
    std::size_t batch_files_ = 0;  ///< 0: every file by itself
    std::size_t started_ = 0;
    std::deque<SharedBatch> batches_;  ///< those that are fetched
    std::size_t batches_done_ = 0;     ///< before these
    OpenTurns turns_;
    std::deque<std::future<Opened>> opening_;  ///< last: what they do uses all of the above
};

}  // namespace duplid::operation
