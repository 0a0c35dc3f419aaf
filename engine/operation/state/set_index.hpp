// What a set holds, told without its volumes: needed where a volume is lost, to name what went with
// it and to keep an older state from being taken for the present one.
//
// Sources, best first: the set's signatures (every object, archive-format.md 5.1), and the list of
// files in its manifest (regular files only, archive-format.md 3.5).
#pragma once

#include "engine/chain/choice.hpp"
#include "engine/manifest/manifest.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "storage/io/source.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace duplid::operation {

/// The signatures of a set, the cache's before the target's.
[[nodiscard]] std::optional<chain::FoundSignatures>
find_signatures(const chain::Collection& collection, const naming::SetId& set);

/// Those on the target alone. They are put before the manifest: a set that has them and no manifest
/// was finished once, and one that has neither never was.
[[nodiscard]] std::optional<chain::FoundSignatures>
find_stored_signatures(const chain::Collection& collection, const naming::SetId& set);

/// A set's signatures, one entry at a time.
class SignatureStream {
public:
    /// Throws: Error.
    SignatureStream(Archive& archive, const chain::FoundSignatures& file);

    /// Throws: Error corrupt.
    [[nodiscard]] bool next();
    [[nodiscard]] const volume::Member& member() const noexcept { return member_; }
    [[nodiscard]] const tar::Header& header() const noexcept { return header_; }
    /// The signature itself. Valid until next().
    std::size_t read(io::ByteSpan into) { return reader_.read(into); }

private:
    std::unique_ptr<io::Source> source_;
    tar::Reader reader_;
    tar::Header header_;
    volume::Member member_;
};

/// Goes through a set's objects once, in index order. One thread.
class SetIndex {
public:
    /// How much of the set the present source tells.
    enum class Knows { everything, regular_files, nothing };

    /// Never throws for want of a source: what cannot be read is not known. Throws: Error
    /// unreachable or cancelled.
    SetIndex(Archive& archive, const std::optional<chain::FoundSignatures>& signatures,
             const manifest::Manifest& manifest);

    /// The next object behind `after` (nothing: from the first on), and before `end` or, with
    /// `with_end`, at it; an unset `end` means all. Both only grow from call to call.
    [[nodiscard]] bool next(const std::optional<std::string>& after,
                            const std::optional<std::string>& end, bool with_end);

    [[nodiscard]] Knows knows() const noexcept { return knows_; }
    [[nodiscard]] const std::string& key() const noexcept { return key_; }
    [[nodiscard]] volume::MemberKind kind() const noexcept { return kind_; }
    /// What the signatures say of anything but a regular file, complete; else nothing of use.
    [[nodiscard]] const tar::Header& header() const noexcept { return header_; }

private:
    void advance();
    void advance_in_files();
    void fall_back();

    const manifest::Manifest& manifest_;
    std::unique_ptr<SignatureStream> stream_;
    Knows knows_ = Knows::nothing;
    bool has_entry_ = false;
    bool taken_ = false;
    std::size_t next_file_ = 0;
    std::string key_;
    volume::MemberKind kind_ = volume::MemberKind::snapshot;
    tar::Header header_;
};

}  // namespace duplid::operation
