#include "storage/cache/file_cursor.hpp"

#include "storage/cache/file_columns.hpp"

#include <fmt/format.h>
#include <utility>

namespace duplid::cache {

namespace {

std::string live_sql()
{
    return fmt::format("SELECT {} FROM live WHERE chain = ?1 AND key >= ?2 ORDER BY key",
                       file_columns);
}

std::string past_sql()
{
    return fmt::format("SELECT {}, until FROM past WHERE chain = ?1 AND key >= ?2 "
                       "ORDER BY key, since",
                       file_columns);
}

std::string find_sql()
{
    return fmt::format("SELECT {}, until FROM past WHERE chain = ?1 AND key = ?2 AND since <= ?3 "
                       "ORDER BY since DESC LIMIT 1",
                       file_columns);
}

/// Nothing stands between a key and the same key with a NUL after it.
std::string behind(std::string_view key)
{
    std::string next{key};
    next += '\0';
    return next;
}

}  // namespace

FileCursor::FileCursor(sqlite::Database& database, std::int64_t chain,
                       std::optional<std::int32_t> position, bool is_newest)
    : chain_{chain}, position_{position}, live_{{database, live_sql()}, {}, false, false}
{
    if (!is_newest) {
        past_.emplace(Stream{{database, past_sql()}, {}, false, false});
        find_.emplace(database, find_sql());
    }
    seek({});
}

void FileCursor::place(Stream& stream, std::string_view key)
{
    stream.select.reset();
    stream.select.bind(1, chain_);
    stream.select.bind(2, io::view_of(key));
    stream.filled = false;
    stream.at_end = false;
    ++steps_;
}

void FileCursor::seek(std::string_view key)
{
    // What was read ahead may be behind `key` already.
    if (!(live_.filled && live_.row.key >= key)) {
        place(live_, key);
    }
    if (past_ && !(past_->filled && past_->row.key >= key)) {
        place(*past_, key);
    }
}

bool FileCursor::step(Stream& stream, bool has_until)
{
    if (stream.at_end || !stream.select.step()) {
        stream.at_end = true;
        return false;
    }
    ++steps_;
    read_file_row(stream.select, has_until, stream.row);
    return true;
}

void FileCursor::fill_live()
{
    while (!live_.filled && step(live_, false)) {
        live_.filled = !position_ || live_.row.since <= *position_;
    }
}

bool FileCursor::find_in_past()
{
    find_->reset();
    find_->bind(1, chain_);
    find_->bind(2, io::view_of(past_->row.key));
    find_->bind(3, *position_);
    ++steps_;
    if (find_->step()) {
        read_file_row(*find_, true, past_->row);
        find_->reset();
        return past_->row.until > *position_;
    }
    return false;
}

void FileCursor::fill_past()
{
    auto& past = *past_;
    std::string dead_key;
    int dead = 0;
    while (!past.filled && step(past, true)) {
        if (!position_ || (past.row.since <= *position_ && past.row.until > *position_)) {
            past.filled = true;
            past_given_ = past.row.key;
            return;
        }
        dead = dead > 0 && past.row.key == dead_key ? dead + 1 : 1;
        dead_key = past.row.key;
        if (dead == dead_steps_max) {
            // What comes after the version that was given is only passed over.
            const bool found = dead_key != past_given_ && find_in_past();
            place(past, behind(dead_key));
            past.filled = found;
            past_given_ = dead_key;
            dead = 0;
        }
    }
}

bool FileCursor::next(FileRow& row)
{
    fill_live();
    if (past_) {
        fill_past();
        const bool past_first =
            past_->filled &&
            (!live_.filled || past_->row.key < live_.row.key ||
             (past_->row.key == live_.row.key && past_->row.since < live_.row.since));
        if (past_first) {
            std::swap(row, past_->row);
            past_->filled = false;
            return true;
        }
    }
    if (!live_.filled) {
        return false;
    }
    std::swap(row, live_.row);
    live_.filled = false;
    return true;
}

}  // namespace duplid::cache
