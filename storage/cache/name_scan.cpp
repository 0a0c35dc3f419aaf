#include "storage/cache/name_scan.hpp"

#include "storage/io/error.hpp"

#include <utility>

namespace duplid::cache {

namespace {

// The first block is the one that `from` would be in; if it comes before all of them, the first.
constexpr const char* select_sql =
    "SELECT first_key, names FROM name_block WHERE chain = ?1 AND first_key >= coalesce("
    "(SELECT first_key FROM name_block WHERE chain = ?1 AND first_key <= ?2 "
    "ORDER BY first_key DESC LIMIT 1), x'') ORDER BY first_key";

bool read_next(NameReader& reader, const std::string& database_path)
{
    try {
        return reader.next();
    } catch (const Error& error) {
        throw Error{error.kind(), error.what(), database_path};
    }
}

}  // namespace

NameScan::NameScan(sqlite::Database& database, std::int64_t chain, std::string_view from,
                   std::string prefix)
    : database_path_{database.path()}, from_{from}, prefix_{std::move(prefix)}, select_{database,
                                                                                        select_sql}
{
    select_.bind(1, chain);
    select_.bind(2, io::view_of(from_));
}

/// Goes to the next block. False at the end.
bool NameScan::open_block(const NameTest& test)
{
    if (!select_.step()) {
        return false;
    }
    const auto first = io::text_of(select_.blob(0));
    if (first > prefix_ && !first.starts_with(prefix_)) {
        return false;
    }
    ++steps_;
    block_ = io::text_of(select_.blob(1));
    // A block without the text is done with: it reads as empty.
    reader_.emplace(test.may_be_in(block_) ? block_ : std::string_view{});
    return true;
}

NameScan::Step NameScan::next(const NameTest& test)
{
    if (!reader_ && !open_block(test)) {
        return Step::end;
    }
    while (read_next(*reader_, database_path_)) {
        const auto& parts = reader_->parts();
        join(parts, key_);
        if (key_ < from_) {
            continue;
        }
        if (!key_.starts_with(prefix_)) {
            if (key_ > prefix_) {
                return Step::end;
            }
            continue;
        }
        ++steps_;
        if (test.takes(parts)) {
            return Step::found;
        }
    }
    reader_.reset();
    return Step::block;
}

std::string NameScan::last_key() const
{
    NameReader reader{block_};
    std::string key;
    while (read_next(reader, database_path_)) {
        join(reader.parts(), key);
    }
    return key;
}

}  // namespace duplid::cache
