// A walk through the versions of a chain's paths, in the order of their keys.
#pragma once

#include "storage/cache/file_row.hpp"
#include "storage/sqlite/statement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::cache {

/// Made by FileIndex, which must outlive it; one thread at a time with it.
///
/// The state of a chain's newest set costs one step a path, however many sets there are. An older
/// one costs a step for each version that is newer or older as well, but no more than
/// `dead_steps_max` of them for one path.
class FileCursor {
public:
    static constexpr int dead_steps_max = 8;

    /// Fills `row` (whose memory is used again) with the next version; false at the end.
    /// Throws: Error (see sqlite::Database).
    [[nodiscard]] bool next(FileRow& row);

    /// Goes on at the first path whose key is not less than `key`. Only forwards.
    void seek(std::string_view key);

    /// Rows looked at, and searches for a place, so far: what the walk has cost.
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

private:
    friend class FileIndex;

    struct Stream {
        sqlite::Statement select;
        FileRow row;
        bool filled = false;
        bool at_end = false;
    };

    /// `position`: that set's state; nothing: all versions, those of a path oldest first.
    FileCursor(sqlite::Database& database, std::int64_t chain, std::optional<std::int32_t> position,
               bool is_newest);

    void place(Stream& stream, std::string_view key);
    bool step(Stream& stream, bool has_until);
    void fill_live();
    void fill_past();
    /// The version of the key of past_ that the position has, if past_ has it.
    bool find_in_past();

    std::int64_t chain_;
    std::optional<std::int32_t> position_;
    Stream live_;
    std::optional<Stream> past_;
    std::optional<std::string> past_given_;  ///< key whose version in past_ was found, or missed
    std::optional<sqlite::Statement> find_;
    std::uint64_t steps_ = 0;
};

}  // namespace duplid::cache
