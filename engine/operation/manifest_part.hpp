// The manifest of a set while it grows: duplicity's `.manifest.part` in the cache.
//
// Format facts: archive-format.md 3.7 (life cycle), 3.5 (list of files).
#pragma once

#include "engine/manifest/writer.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/temp_file.hpp"

#include <cstdint>
#include <string>

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

/// Records come from the recorder thread, everything else from the run's own after that has ended.
class ManifestPart {
public:
    ManifestPart(std::string part_path, std::string final_path, manifest::Head head);

    /// Appends a volume's record; the first one creates the file.
    void add(const manifest::Volume& volume);
    /// Appends the list of files and makes the whole durable.
    void finish(ChangeList& changes);
    /// Gives the file its final name, once the target has the manifest.
    void publish();

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    [[nodiscard]] const std::string& path() const noexcept { return part_path_; }

private:
    void create();

    std::string part_path_;
    std::string final_path_;
    manifest::Head head_;
    io::Fd fd_;
};

}  // namespace duplid::operation
