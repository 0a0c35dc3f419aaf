// What is remembered of each of several targets of one archive, in the archive directory.
//
// A file of text, `duplid-targets`, replaced as a whole: it is small, and read by people too. It
// goes when somebody deletes the cache; then targets are known by their listings alone.
#pragma once

#include "storage/cache/archive_directory.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace duplid::operation {

struct TargetRecord {
    /// The newest set (catalog_name_of) it had when it was last whole; empty: it never was.
    std::string newest{};
    /// The set that is being copied to it, and how many of its files, in their order, have come.
    std::string copying{};
    std::uint64_t copied = 0;
    /// The last attempt at a backup that it took part in up to its end, or still does.
    std::string attempt{};

    friend bool operator==(const TargetRecord&, const TargetRecord&) = default;
};

/// Whoever changes it holds the archive directory's lock. One thread at a time.
class TargetRecords {
public:
    /// A file that makes no sense counts as none. Throws: Error when it cannot be read.
    [[nodiscard]] static TargetRecords load(const cache::ArchiveDirectory& directory);

    /// Nothing was ever remembered.
    [[nodiscard]] bool is_new() const noexcept { return is_new_; }
    /// Of the target with that canonical URL; made where there is none.
    [[nodiscard]] TargetRecord& of(const std::string& canonical_target);
    /// The last attempt at a backup that was begun; empty: none.
    [[nodiscard]] const std::string& attempt() const noexcept { return attempt_; }
    void set_attempt(std::string attempt) { attempt_ = std::move(attempt); }

    /// On the disk when it returns, also over a power cut. Throws: Error.
    void save();

private:
    explicit TargetRecords(std::string path) : path_{std::move(path)} {}
    [[nodiscard]] bool parse(const std::string& text);

    std::string path_;
    bool is_new_ = true;
    std::string attempt_;
    std::map<std::string, TargetRecord> records_;  ///< by the hash of the URL: one word
};

}  // namespace duplid::operation
