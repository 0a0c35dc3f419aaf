#include "engine/operation/index/index_rows.hpp"

#include "engine/operation/archive/hex.hpp"
#include "engine/operation/index/signature_digest.hpp"
#include "engine/operation/object/records.hpp"

namespace duplid::operation {

namespace {

constexpr std::size_t sha256_bytes = 32;

}  // namespace

void RowMaker::make(const volume::Member& member, const tar::Header& header, tar::Reader& content,
                    cache::FileRow& row)
{
    put_row(header, member.key, owners_, false, state_);
    row.key.swap(state_.key);
    row.type = state_.type;
    row.mode = state_.mode;
    row.uid = state_.uid;
    row.gid = state_.gid;
    row.mtime = state_.mtime;
    row.link.swap(state_.link);
    row.rdev_major = state_.rdev_major;
    row.rdev_minor = state_.rdev_minor;
    row.size.reset();
    row.mtime_ns.reset();
    row.attributes.reset();
    // The record that has the size is there on all entries of ours, and on none of duplicity's.
    if ((state_.known & cache::StateRow::knows_size) != 0) {
        row.attributes.emplace().swap(state_.attributes);
    }
    if ((state_.known & cache::StateRow::knows_size) != 0) {
        row.size = state_.size;
    }
    if ((state_.known & cache::StateRow::knows_mtime_ns) != 0) {
        row.mtime_ns = state_.mtime_ns;
    }
    row.sha256.clear();
    if (const auto* sha256 = record::find(header, record::sha256)) {
        row.sha256 = bytes_of_hex(*sha256);
        if (row.sha256.size() != sha256_bytes) {
            row.sha256.clear();  // no record of ours after all
        }
    }
    row.block_bytes = 0;
    row.content = 0;
    if (member.kind == volume::MemberKind::signature) {
        read_signature(content, row);
    }
}

/// The head of a signature is magic, block length and sum length, four bytes each, big-endian
/// (archive-format.md 5.2).
void RowMaker::read_signature(tar::Reader& content, cache::FileRow& row)
{
    SignatureDigest digest;
    bool first = true;
    while (const auto got = content.read(buffer_)) {
        const io::ByteView bytes{buffer_.data(), got};
        digest.add(bytes);
        if (first && got >= 8) {
            row.block_bytes = 0;
            for (std::size_t i = 4; i < 8; ++i) {
                row.block_bytes = row.block_bytes << 8U | static_cast<std::uint32_t>(bytes[i]);
            }
        }
        first = false;
    }
    row.content = digest.value();
}

}  // namespace duplid::operation
