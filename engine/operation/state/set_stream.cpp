#include "engine/operation/state/set_stream.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/object/records.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t skip_bytes = std::size_t{128} << 10U;

}  // namespace

SetStream::SetStream(Archive& archive, const chain::BackupSet& set, manifest::Manifest manifest,
                     SetStreamOptions options)
    : archive_{archive}, set_{set}, options_{std::move(options)}, manifest_{std::move(manifest)}
{
    for (auto& volume : manifest_.volumes) {
        if (manifest::may_hold(volume, options_.key)) {
            is_proven_ = is_proven_ && !volume.sha1.empty() && !reads_chunks_of(volume);
            volumes_.push_back(std::move(volume));
        }
    }
    manifest_.volumes.clear();
}

SetStream::~SetStream()
{
    forget_next();
}

void SetStream::forget_next() noexcept
{
    // Waiting for one that was put off would open, and fetch, a volume that nobody reads.
    if (opening_.valid() &&
        opening_.wait_for(std::chrono::seconds{0}) != std::future_status::deferred) {
        opening_.wait();
    }
    opening_ = {};
}

bool SetStream::next_volume()
{
    if (!opening_.valid()) {
        start_next();
        if (!opening_.valid()) {
            return false;
        }
    }
    current_ = next_volume_ - 1;
    volume_.reader = nullptr;
    auto content = opening_.get();
    volume_.content = std::move(content.source);
    volume_.name = set_.volumes.at(volumes_[current_].number);
    volume_.reader = content.blocks != nullptr ? std::make_unique<tar::Reader>(*content.blocks)
                                               : std::make_unique<tar::Reader>(*volume_.content);
    start_next();
    return true;
}

void SetStream::close_volume()
{
    // What follows the tar is read to its end: only there a gzip member's CRC can be compared.
    io::Bytes rest(std::size_t{64} << 10U);
    while (volume_.content->read(rest) > 0) {
    }
    volume_.reader = nullptr;
    volume_.content = nullptr;
    ++volumes_done_;
}

bool SetStream::next_member_of_volumes()
{
    for (;;) {
        if (!volume_.reader && !next_volume()) {
            return false;
        }
        if (volume_.reader->next(peeked_header_)) {
            peeked_ = volume::member_of(peeked_header_);
            return true;
        }
        close_volume();
    }
}

bool SetStream::next_member()
{
    for (;;) {
        try {
            return next_member_of_volumes();
        } catch (const Error& error) {
            lose_volume(error);
        }
    }
}

/// Only damage costs a volume; a target that does not answer, or a wrong secret, is no damage.
void SetStream::lose_volume(const Error& error)
{
    const auto named = [&] {
        if (error.kind() != Error::Kind::corrupt || !volume_.reader ||
            error.object() == volume_.name) {
            return error;
        }
        return error_in_volume(error, volume_.name);
    }();
    if (error.kind() != Error::Kind::corrupt || !options_.on_lost_volume) {
        throw named;
    }
    volume_.reader = nullptr;
    volume_.content = nullptr;
    ++volumes_done_;
    options_.on_lost_volume(named);
    losses_.push_back({current_, named});
}

bool SetStream::continues(const volume::Member& member) const
{
    return member.block && member.key == member_.key && member.kind == member_.kind;
}

bool SetStream::file_goes_on() const
{
    if (losses_.front().volume == block_volume_) {
        return true;  // the volume broke off behind the block: nobody knows what followed
    }
    const auto& last = volumes_[block_volume_].last;
    return last.block && last.key == member_.key;
}

void SetStream::next_block()
{
    const auto block = *member_.block;
    const auto losses = losses_.size();
    has_peeked_ = next_member();
    if (has_peeked_ && continues(peeked_) &&
        (losses_.size() == losses || *peeked_.block == block + 1)) {
        has_peeked_ = false;
        member_.block = peeked_.block;
        block_volume_ = current_;
        take_sha256(peeked_header_);
        return;
    }
    entry_ended_ = true;
    if (losses_.size() != losses && file_goes_on()) {
        throw Error{losses_[losses].error};
    }
}

std::size_t SetStream::Data::read(io::ByteSpan into)
{
    const auto bytes = stream_.some_data(into.size());
    std::copy(bytes.begin(), bytes.end(), into.begin());
    return bytes.size();
}

io::ByteView SetStream::some_data(std::size_t bytes_max)
{
    while (!entry_ended_) {
        try {
            const auto bytes = volume_.reader->some(bytes_max);
            if (!bytes.empty()) {
                return bytes;
            }
        } catch (const Error& error) {
            entry_ended_ = true;
            lose_volume(error);
            throw Error{losses_.back().error};
        }
        if (member_.block) {
            next_block();
        } else {
            entry_ended_ = true;
        }
    }
    return {};
}

const std::string& SetStream::content_sha256()
{
    // A delta's reader stops where the delta says so, and an empty last block may follow.
    while (!entry_ended_) {
        (void)some_data(skip_bytes);
    }
    return content_sha256_;
}

void SetStream::take_sha256(const tar::Header& header)
{
    if (const auto* stated = record::find(header, record::sha256)) {
        content_sha256_ = *stated;
    }
}

const Error& SetStream::loss_at(const std::string& key) const
{
    for (const auto& loss : losses_) {
        if (key <= volumes_[loss.volume].last.key) {
            return loss.error;
        }
    }
    return losses_.back().error;
}

/// Gives out what the lost volumes held before the entry that was peeked at.
bool SetStream::next_lost()
{
    if (!index_) {
        index_ = std::make_unique<SetIndex>(archive_, options_.signatures, manifest_);
    }
    set_gap();
    const auto end = has_peeked_ ? std::optional{peeked_.key} : std::nullopt;
    // A file whose first blocks are lost is lost, too.
    const bool cut = has_peeked_ && peeked_.block && *peeked_.block > 1;
    while (index_->next(last_key_, end, cut)) {
        last_key_ = index_->key();
        if (!naming::is_at_or_below(index_->key(), options_.key)) {
            continue;
        }
        member_ = {index_->kind(), index_->key(), std::nullopt};
        header_ = index_->header();
        entry_ended_ = true;
        // Of extended attributes, signatures have no more than a digest.
        const bool is_whole = index_->kind() != volume::MemberKind::signature &&
                              record::find(header_, record::attributes) == nullptr;
        if (!is_whole) {
            lost_ = loss_at(member_.key);
        }
        return true;
    }
    const bool is_new = cut && last_key_ != peeked_.key;
    if (is_new && naming::is_at_or_below(peeked_.key, options_.key)) {
        last_key_ = peeked_.key;
        member_ = {peeked_.kind, peeked_.key, std::nullopt};
        entry_ended_ = true;
        lost_ = losses_.back().error;
        return true;
    }
    return false;
}

void SetStream::set_gap()
{
    if (index_->knows() != SetIndex::Knows::everything) {
        gap_ = index_->knows() == SetIndex::Knows::nothing ? Gap::anything : Gap::not_files;
        gap_reason_ = losses_.front().error;
    }
}

bool SetStream::deliver_peeked()
{
    has_peeked_ = false;
    std::swap(header_, peeked_header_);
    std::swap(member_, peeked_);
    last_key_ = member_.key;
    block_volume_ = current_;
    entry_ended_ = false;
    content_sha256_.clear();
    take_sha256(header_);
    return true;
}

bool SetStream::next()
{
    // Blocks that nobody read are skipped without their data.
    while (!entry_ended_ && member_.block) {
        try {
            next_block();
        } catch (const Error& error) {
            // Whoever did not read the file does not miss its end; the volume has been told.
            if (error.kind() != Error::Kind::corrupt || !options_.on_lost_volume) {
                throw;
            }
        }
    }
    entry_ended_ = true;
    lost_.reset();
    gap_ = Gap::none;
    for (;;) {
        if (!has_peeked_) {
            has_peeked_ = next_member();
        }
        if (!losses_.empty()) {
            if (next_lost()) {
                return true;
            }
            losses_.clear();
        }
        if (!has_peeked_) {
            return false;
        }
        if (peeked_.block && *peeked_.block > 1 && last_key_ == peeked_.key) {
            has_peeked_ = false;  // the rest of a file that was given out as lost, or broke off
            continue;
        }
        if (naming::is_at_or_below(peeked_.key, options_.key)) {
            return deliver_peeked();
        }
        if (peeked_.key > options_.key) {
            // In index order nothing below a key comes after the first one beyond it.
            next_volume_ = volumes_.size();
            has_peeked_ = false;
            volume_.reader = nullptr;
            volume_.content = nullptr;
            forget_next();
            return false;
        }
        has_peeked_ = false;
    }
}

}  // namespace duplid::operation
