#include "engine/operation/question/file_search.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/question/listed_file.hpp"

#include <algorithm>
#include <cstring>

namespace duplid::operation {

namespace {

/// Rows that are passed over one by one before a place is searched for.
constexpr int near_rows = 4;

bool is_in(std::string_view piece, std::string_view text) noexcept
{
    // memmem and not find(): it is several times as fast on a whole block.
    return ::memmem(text.data(), text.size(), piece.data(), piece.size()) != nullptr;
}

/// What a pattern says of names alone: whether something is a directory is in its row.
class PatternTest final : public cache::NameTest {
public:
    explicit PatternTest(const PathPattern& pattern) : pattern_{pattern} {}

    [[nodiscard]] bool may_be_in(std::string_view packed) const override
    {
        return has_pieces(packed);
    }

    [[nodiscard]] bool takes(const cache::KeyParts& key) const override
    {
        if (pattern_.is_for_names()) {
            return has_pieces(key.name) &&
                   pattern_.matches(key.name.empty() ? "." : key.name, true);
        }
        cache::join(key, key_);
        return has_pieces(key_) && pattern_.matches(naming::path_of_key(key_), true);
    }

private:
    [[nodiscard]] bool has_pieces(std::string_view text) const
    {
        const auto& pieces = pattern_.pieces();
        return std::all_of(pieces.begin(), pieces.end(),
                           [&](const auto& piece) { return is_in(piece, text); });
    }

    const PathPattern& pattern_;
    mutable std::string key_;
};

}  // namespace

FileSearch::FileSearch(cache::FileIndex& index, const IndexedChain& chain,
                       std::optional<std::int32_t> position, const Wanted& wanted)
    : chain_{chain}, wanted_{wanted}, cursor_{position ? index.state(chain.id, *position)
                                                       : index.versions(chain.id)}
{
    const std::string prefix = wanted.pattern != nullptr ? wanted.pattern->key_prefix() : "";
    auto from = prefix;
    if (wanted.after && *wanted.after >= prefix) {
        from = *wanted.after;
        from += '\0';  // nothing stands between a key and this
    }
    cursor_.seek(from);
    if (wanted.pattern != nullptr) {
        test_ = std::make_unique<PatternTest>(*wanted.pattern);
        names_.emplace(index.names(chain.id, from, prefix));
    }
}

void FileSearch::advance(const std::stop_token& stop)
{
    at_ = At::end;
    if (names_) {
        advance_by_names(stop);
    } else {
        advance_by_rows(stop);
    }
}

void FileSearch::advance_by_rows(const std::stop_token& stop)
{
    while (!stop.stop_requested() && cursor_.next(row_)) {
        // Not between two versions of a path: the next page would leave out the rest.
        if (in_key_ && is_used_up() && row_.key != key_) {
            at_ = At::pause;
            return;
        }
        in_key_ = true;
        key_ = row_.key;
        if (wanted_.takes(row_)) {
            at_ = At::match;
            return;
        }
    }
}

/// Goes to the next version of `key`; false when there is none (any more).
bool FileSearch::find_row(const std::string& key)
{
    for (int passed = 0;; ++passed) {
        if (!has_row_) {
            if (passed == near_rows) {
                cursor_.seek(key);
            }
            if (!cursor_.next(row_)) {
                return false;
            }
            has_row_ = true;
        }
        if (row_.key > key) {
            return false;
        }
        has_row_ = false;
        if (row_.key == key) {
            return true;
        }
    }
}

void FileSearch::advance_by_names(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        if (in_key_) {
            if (find_match()) {
                at_ = At::match;
                return;
            }
            in_key_ = false;
            if (is_used_up()) {
                at_ = At::pause;
                return;
            }
        }
        switch (names_->next(*test_)) {
        case cache::NameScan::Step::found:
            key_ = names_->key();
            in_key_ = true;
            break;
        case cache::NameScan::Step::block:
            if (is_used_up() && (!wanted_.after || names_->last_key() > *wanted_.after)) {
                key_ = names_->last_key();
                at_ = At::pause;
                return;
            }
            break;
        case cache::NameScan::Step::end:
            return;
        }
    }
}

/// Goes to the next version of key_ that matches; false when there is none (any more).
bool FileSearch::find_match()
{
    while (find_row(key_)) {
        const bool is_directory = letter_of_row(row_) == 'd';
        if (wanted_.takes(row_) &&
            wanted_.pattern->matches(naming::path_of_key(key_), is_directory)) {
            return true;
        }
    }
    return false;
}

}  // namespace duplid::operation
