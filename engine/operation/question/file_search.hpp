// A search through one chain of the index for versions that match.
#pragma once

#include "engine/operation/index/file_index.hpp"
#include "engine/operation/question/path_pattern.hpp"
#include "storage/cache/file_index.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace duplid::operation {

/// What is looked for. All of it outlives the searches.
struct Wanted {
    const PathPattern* pattern = nullptr;  ///< null: any path
    /// Of everything but the path.
    std::function<bool(const cache::FileRow&)> takes{};
    std::optional<std::string> after{};  ///< only keys behind this one
    /// Rows, names and blocks of names to look at before pausing; 0: as many as it takes.
    std::uint64_t steps_max = 0;
};

/// With a pattern the names are searched, and only rows of names that match are read. One thread.
class FileSearch {
public:
    /// `position`: the state of that set; nothing: all versions. All outlive this object.
    FileSearch(cache::FileIndex& index, const IndexedChain& chain,
               std::optional<std::int32_t> position, const Wanted& wanted);

    enum class At {
        match,  ///< row() matches
        pause,  ///< the steps are used up; everything up to key() was looked at
        end,
    };
    void advance(const std::stop_token& stop);

    [[nodiscard]] At at() const noexcept { return at_; }
    [[nodiscard]] const IndexedChain& chain() const noexcept { return chain_; }
    [[nodiscard]] const cache::FileRow& row() const noexcept { return row_; }
    [[nodiscard]] const std::string& key() const noexcept
    {
        return at_ == At::match ? row_.key : key_;
    }
    [[nodiscard]] std::uint64_t steps() const noexcept
    {
        return cursor_.steps() + (names_ ? names_->steps() : 0);
    }

private:
    void advance_by_names(const std::stop_token& stop);
    void advance_by_rows(const std::stop_token& stop);
    [[nodiscard]] bool find_match();
    [[nodiscard]] bool find_row(const std::string& key);
    [[nodiscard]] bool is_used_up() const noexcept
    {
        return wanted_.steps_max != 0 && steps() >= wanted_.steps_max;
    }

    const IndexedChain& chain_;
    const Wanted& wanted_;
    cache::FileCursor cursor_;
    std::unique_ptr<cache::NameTest> test_;
    std::optional<cache::NameScan> names_;
    cache::FileRow row_;
    bool has_row_ = false;  ///< row_ was read and is not done with
    bool in_key_ = false;   ///< key_ was reached, and more versions of it may follow
    std::string key_;
    At at_ = At::end;
};

}  // namespace duplid::operation
