#include "engine/operation/state/set_index.hpp"

#include "engine/operation/state/chain_state.hpp"
#include "storage/io/error.hpp"

#include <utility>

namespace duplid::operation {

namespace {

const std::string* find_name(const chain::Signatures& signatures, const naming::SetId& set)
{
    for (const auto& chain : signatures.chains) {
        for (const auto& file : chain.files) {
            if (file.id == set) {
                return &file.name;
            }
        }
    }
    for (const auto& file : signatures.orphaned) {
        if (file.id == set) {
            return &file.name;
        }
    }
    return nullptr;
}

/// Whether another source may be tried instead.
bool is_about_the_file(const Error& error) noexcept
{
    switch (error.kind()) {
    case Error::Kind::corrupt:
    case Error::Kind::not_found:
    case Error::Kind::wrong_secret:
    case Error::Kind::denied:
        return true;
    default:
        return false;
    }
}

}  // namespace

std::optional<chain::FoundSignatures> find_signatures(const chain::Collection& collection,
                                                      const naming::SetId& set)
{
    if (const auto* name = find_name(collection.cached_signatures, set)) {
        return chain::FoundSignatures{set, *name, true};
    }
    return find_stored_signatures(collection, set);
}

std::optional<chain::FoundSignatures> find_stored_signatures(const chain::Collection& collection,
                                                             const naming::SetId& set)
{
    if (const auto* name = find_name(collection.signatures, set)) {
        return chain::FoundSignatures{set, *name, false};
    }
    return std::nullopt;
}

SignatureStream::SignatureStream(Archive& archive, const chain::FoundSignatures& file)
    : source_{open_signatures(archive, file)}, reader_{*source_}
{
}

bool SignatureStream::next()
{
    if (!reader_.next(header_)) {
        return false;
    }
    member_ = volume::member_of(header_);
    return true;
}

SetIndex::SetIndex(Archive& archive, const std::optional<chain::FoundSignatures>& signatures,
                   const manifest::Manifest& manifest)
    : manifest_{manifest}
{
    if (signatures) {
        try {
            stream_ = std::make_unique<SignatureStream>(archive, *signatures);
            knows_ = Knows::everything;
        } catch (const Error& error) {
            if (!is_about_the_file(error)) {
                throw;
            }
        }
    }
    if (!stream_) {
        fall_back();
    }
    advance();
}

void SetIndex::fall_back()
{
    stream_ = nullptr;
    // An empty list may mean that none was kept (--no-files-changed).
    knows_ = manifest_.files.empty() ? Knows::nothing : Knows::regular_files;
}

void SetIndex::advance()
{
    if (stream_) {
        try {
            has_entry_ = stream_->next();
            if (has_entry_) {
                key_ = stream_->member().key;
                kind_ = stream_->member().kind;
                header_ = stream_->header();
            }
            return;
        } catch (const Error& error) {
            if (!is_about_the_file(error)) {
                throw;
            }
            fall_back();
        }
    }
    advance_in_files();
}

void SetIndex::advance_in_files()
{
    has_entry_ = next_file_ < manifest_.files.size();
    if (has_entry_) {
        const auto& file = manifest_.files[next_file_++];
        key_ = file.key;
        header_ = {};
        kind_ = file.action == manifest::FileChange::Action::removed
                    ? volume::MemberKind::deleted
                    : volume::MemberKind::signature;
    }
}

bool SetIndex::next(const std::optional<std::string>& after, const std::optional<std::string>& end,
                    bool with_end)
{
    if (std::exchange(taken_, false)) {
        advance();
    }
    while (has_entry_ && after && key_ <= *after) {
        advance();
    }
    taken_ = has_entry_ && (!end || key_ < *end || (with_end && key_ == *end));
    return taken_;
}

}  // namespace duplid::operation
