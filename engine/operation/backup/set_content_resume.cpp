// The part of SetContent that goes on with a set that was interrupted: what is passed over, and how
// a file is continued of which the beginning is stored. resume.hpp says why this is sound.
#include "engine/operation/backup/set_content.hpp"

#include "engine/naming/index.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::operation {

void SetContent::go_on_from(const ResumePoint& point)
{
    statistics_ = point.mark.statistics;
    before_entry_ = statistics_;
    after_packed_ = statistics_;
    blocks_before_ = point.mark.split ? point.last.block.value() : 0;
}

std::string SetContent::mark_at(const volume::Position& last) const
{
    out_.sigtar.flush();
    ResumeMark mark;
    mark.sigtar_bytes = out_.sigtar.bytes();
    // Unchanged objects behind the last one packed are looked at again, those before a file that
    // is split are not.
    mark.statistics = last.block ? before_entry_ : after_packed_;
    mark.statistics.raw_delta_bytes += out_.packer.data_bytes();
    if (last.block) {
        auto file = entry_;
        distrust_young_times(file);
        mark.split = split_file_of(file);
        mark.split->delta_digest = delta_ != nullptr ? delta_->digest() : std::string{};
    }
    return print(mark);
}

bool SetContent::is_covered(const std::string& key) const
{
    return resume_ && resume_->point.covers(key);
}

bool SetContent::next_entry()
{
    while (walk_.next(entry_)) {
        ++seen_.files;
        seen_.bytes += entry_.size;
        if (!resume_) {
            return true;
        }
        if (stop_.stop_requested()) {
            throw Error{Error::Kind::cancelled, "the backup was stopped on request"};
        }
        const auto& closed = resume_->closed;
        const bool is_closed =
            closed && entry_.key != *closed && naming::is_at_or_below(entry_.key, *closed);
        if (!is_covered(entry_.key) && !is_closed) {
            return true;
        }
        ++passed_over_.files;
        passed_over_.bytes += entry_.size;
        if (resume_->point.mark.statistics.source_files == 0) {
            count_source(entry_.stat_bytes);
        }
    }
    return false;
}

std::string SetContent::first_row_key() const
{
    if (!resume_) {
        return {};
    }
    auto key = resume_->point.last.key;
    if (blocks_before_ == 0) {
        key += '\0';  // the least key behind it
    }
    return key;
}

void SetContent::lose_split_file(const std::string& why) const
{
    throw SplitFileLost{Error::Kind::corrupt, why,
                        io::printable(naming::path_of_key(resume_->point.last.key))};
}

void SetContent::require_split_file(bool have_entry) const
{
    if (blocks_before_ > 0 && (!have_entry || entry_.key != resume_->point.last.key ||
                               entry_.type != select::Type::regular)) {
        lose_split_file("it is no longer there");
    }
    if (blocks_before_ > 0 && walk_.is_made()) {
        lose_split_file("it is made anew for each backup");
    }
}

void SetContent::require_same_split_file(bool has_old_signature) const
{
    if (blocks_before_ == 0) {
        return;
    }
    const auto& stored = *resume_->point.mark.split;
    if (!is_same_file(stored, entry_) || stored.delta_digest.empty() == has_old_signature) {
        lose_split_file("it was changed since");
    }
}

void SetContent::look_at_stored_blocks(rdiff::SignatureMaker& signature)
{
    io::Bytes buffer(blocks_before_ > 0 ? volume::block_bytes : 0);
    for (auto left = blocks_before_ * volume::block_bytes; left > 0;) {
        const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
        std::size_t got = 0;
        try {
            got = source_.read(io::ByteSpan{buffer}.first(want));
        } catch (const Error& error) {
            if (error.kind() == Error::Kind::cancelled) {
                throw;
            }
            lose_split_file(error.what());
        }
        if (got == 0) {
            lose_split_file("it became shorter");
        }
        signature.write(io::ByteView{buffer}.first(got));
        sha256_.add(io::ByteView{buffer}.first(got));
        left -= got;
    }
}

volume::BlocksBefore SetContent::stored_delta_blocks() const
{
    if (blocks_before_ == 0) {
        return {};
    }
    return {blocks_before_, resume_->point.mark.split->delta_digest,
            [this] { lose_split_file("its delta is another one now"); }};
}

}  // namespace duplid::operation
