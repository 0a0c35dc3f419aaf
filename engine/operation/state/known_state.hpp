// The state of a tree as the signatures of its sets tell it: for each object the newest entry.
#pragma once

#include "engine/chain/backup_set.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/state/set_index.hpp"
#include "storage/io/bytes.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace duplid::operation {

/// Goes through the objects that exist, in index order. When any of the signatures cannot be had,
/// nothing is known from there on: an object may have changed in that set. One thread.
class KnownState {
public:
    /// All outlive this object. Missing signatures are a warning. Throws: Error.
    KnownState(Archive& archive, const chain::Collection& collection,
               std::span<const chain::BackupSet> sets, const std::string& wanted, Monitor& monitor);

    /// False at the end, or when nothing is known any more.
    [[nodiscard]] bool next();
    [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }

    [[nodiscard]] const std::string& key() const noexcept { return key_; }
    [[nodiscard]] const tar::Header& header() const { return streams_[current_]->header(); }
    /// Of a regular file: its signature, to be read once.
    [[nodiscard]] bool has_signature() const
    {
        return streams_[current_]->member().kind == volume::MemberKind::signature;
    }
    std::size_t read_signature(io::ByteSpan into) { return streams_[current_]->read(into); }

private:
    void advance(std::size_t stream);
    [[nodiscard]] bool comes_later(std::size_t a, std::size_t b) const;
    void give_up(const Error& why);

    Monitor& monitor_;
    const std::string& wanted_;
    std::vector<std::unique_ptr<SignatureStream>> streams_;
    std::vector<std::size_t> queue_;  ///< a heap
    std::vector<std::size_t> done_;   ///< streams to advance before the next object
    std::size_t current_ = 0;
    std::string key_;
    bool is_complete_ = true;
};

}  // namespace duplid::operation
