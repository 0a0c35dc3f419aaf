// What a full sigtar and the incremental ones behind it say a directory was.
//
// Format facts: archive-format.md 5.1; that later ones win is what duplicity does with a chain's.
#pragma once

#include "engine/operation/rdiffdir/member_stream.hpp"
#include "engine/tar/header.hpp"
#include "storage/io/spill_buffer.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace duplid::operation {

/// Merges sigtars, each of which is in index order. One thread.
class SignatureChain {
public:
    /// Oldest first.
    explicit SignatureChain(std::vector<std::unique_ptr<MemberStream>> sigtars);

    /// Goes to the next object that existed. Throws: Error corrupt, also for a file that is in
    /// no order or holds something else than signatures.
    [[nodiscard]] bool next();

    [[nodiscard]] const std::string& key() const noexcept { return sigtars_[newest_]->key(); }
    [[nodiscard]] const tar::Header& header() const noexcept { return sigtars_[newest_]->header(); }
    /// The file that tells of the present object.
    [[nodiscard]] const std::string& name() const noexcept { return sigtars_[newest_]->name(); }
    /// Puts the signature of a regular file into `into`, once for each.
    void read_signature(io::SpillBuffer& into);

private:
    void advance(std::size_t sigtar);

    std::vector<std::unique_ptr<MemberStream>> sigtars_;
    std::vector<bool> has_entry_;
    std::vector<std::size_t> same_;  ///< those that tell of the present object
    std::size_t newest_ = 0;         ///< the last of `same_`
    bool started_ = false;
};

}  // namespace duplid::operation
