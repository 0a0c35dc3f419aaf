// The manifest of a set while it grows: duplicity's `.manifest.part` in the cache.
//
// Format facts: archive-format.md 3.7 (life cycle), 3.5 (list of files).
#pragma once

#include "engine/manifest/writer.hpp"
#include "storage/io/bytes.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/temp_file.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace duplid::operation {

/// The list of changed files, kept on disk because a set may have millions: its length stands
/// before it in the manifest and is known only at the end. One thread.
class ChangeList {
public:
    /// Keeps an unnamed file in `directory`.
    explicit ChangeList(const std::string& directory);

    void add(manifest::FileChange::Action action, const std::string& key);

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// Appends the list, head and lines, to a file.
    void append_to(int fd, const std::string& name);

private:
    void flush();

    io::TempFile file_;
    std::string buffer_;
    std::uint64_t bytes_ = 0;
    std::uint64_t count_ = 0;
    manifest::FileChange change_;
};

/// Holds the records of volumes that the target has acknowledged, and nothing else: set_record.hpp
/// says why. One thread at a time.
class ManifestPart {
public:
    ManifestPart(std::string part_path, std::string final_path, const manifest::Head& head);

    /// Makes the file hold these records of an interrupted run, durably; none removes it.
    void restart(std::string_view records);
    /// Appends a volume's record; the first one creates the file.
    void add(std::string_view record);

    /// The whole manifest, for the target; not yet published in the cache.
    [[nodiscard]] io::TempFile finish(ChangeList& changes) const;
    /// Takes the partial file away before the target gets the manifest: a run that is killed must
    /// not leave both, because the reference refuses to start then. Returns what it held.
    [[nodiscard]] io::Bytes withdraw();
    /// Undoes that: the target did not get the manifest after all.
    void put_back(io::ByteView held);
    /// The target has the manifest: the cache gets it, too.
    void publish(io::TempFile whole);

private:
    std::string part_path_;
    std::string final_path_;
    std::string head_;
    io::Fd fd_;
};

}  // namespace duplid::operation
