#include "engine/rdiff/delta.hpp"

#include "engine/rdiff/block_index.hpp"
#include "engine/rdiff/delta_scanner.hpp"
#include "engine/rdiff/librsync_delta.hpp"
#include "engine/rdiff/signature_head.hpp"

#include <algorithm>

namespace duplid::rdiff {

namespace {

/// The signature is looked through as the file is: 1.5 MB of it for as much of the file.
constexpr std::uint64_t bytes_between_rests = std::uint64_t{256} << 20U;

}  // namespace

SignatureTable::SignatureTable(io::SpillBuffer& signature, const std::string& temp_directory)
    : signature_{signature}
{
    const auto bytes = signature.view();
    // Everything is looked at here, so that librsync is only ever given sound ones.
    const auto head = head_of(bytes);
    block_bytes_ = head.block_bytes;
    if (head.is_usual()) {
        index_ =
            std::make_unique<const BlockIndex>(bytes.subspan(signature_head_bytes), temp_directory,
                                               [&signature] { signature.forget_pages(); });
        signature.forget_pages();
    } else {
        librsync_ = std::make_unique<const LibrsyncTable>(bytes);
    }
}

SignatureTable::~SignatureTable() = default;

DeltaMaker::DeltaMaker(const SignatureTable& table, io::Sink& out) : table_{table}
{
    if (table.index_) {
        scanner_ = std::make_unique<DeltaScanner>(*table.index_, table.block_bytes_, out);
    } else {
        librsync_ = std::make_unique<LibrsyncDelta>(*table.librsync_, out);
    }
}

DeltaMaker::~DeltaMaker() = default;

void DeltaMaker::write(io::ByteView bytes)
{
    if (librsync_) {
        librsync_->write(bytes);
        return;
    }
    scanner_->write(bytes);
    since_rest_ += bytes.size();
    if (since_rest_ >= bytes_between_rests) {
        table_.signature_.forget_pages();
        since_rest_ = 0;
    }
}

void DeltaMaker::finish()
{
    if (librsync_) {
        librsync_->finish();
    } else {
        scanner_->finish();
    }
}

bool same_content(io::ByteView old_signature, io::ByteView new_signature) noexcept
{
    return old_signature.size() >= signature_head_bytes &&
           std::ranges::equal(old_signature, new_signature);
}

}  // namespace duplid::rdiff
