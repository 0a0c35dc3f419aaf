#include "engine/operation/backup/set_record.hpp"

#include "engine/operation/backup/resume_mark.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/file.hpp"

#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t read_bytes = std::size_t{64} << 10U;

}  // namespace

std::string chain_signatures(const std::string& sha1, int sigtar_fd, std::uint64_t from,
                             std::uint64_t to)
{
    io::Digest digest{io::Digest::Algorithm::sha1};
    digest.add(io::view_of(sha1));
    io::RangeSource bytes{sigtar_fd, from, to - from, "signatures in the cache"};
    io::Bytes buffer(read_bytes);
    while (const auto got = bytes.read(buffer)) {
        digest.add(io::ByteView{buffer}.first(got));
    }
    return digest.hex();
}

SetRecord::SetRecord(cache::Journal& journal, SigtarWriter& sigtar, ManifestPart& manifest,
                     const KeptVolumes& kept)
    : journal_{journal}, sigtar_{sigtar}, manifest_{manifest}, sigtar_bytes_{kept.sigtar_bytes},
      signatures_sha1_{kept.signatures_sha1}, acknowledged_{kept.count}
{
}

void SetRecord::intend(cache::JournalVolume volume)
{
    // Without a mark there is no entry in it, and nobody will go on behind it.
    if (const auto mark = parse_resume_mark(volume.mark)) {
        sigtar_.sync();
        signatures_sha1_ =
            chain_signatures(signatures_sha1_, sigtar_.fd(), sigtar_bytes_, mark->sigtar_bytes);
        sigtar_bytes_ = mark->sigtar_bytes;
    }
    volume.signatures_sha1 = signatures_sha1_;
    const std::lock_guard lock{mutex_};
    journal_.intend(volume);
    records_.emplace(volume.number, std::move(volume.record));
}

std::uint32_t SetRecord::acknowledge(std::uint32_t number)
{
    const std::lock_guard lock{mutex_};
    journal_.acknowledge(number);
    early_.insert(number);
    while (early_.erase(acknowledged_ + 1) > 0) {
        ++acknowledged_;
        manifest_.add(records_.extract(acknowledged_).mapped());
    }
    return acknowledged_;
}

}  // namespace duplid::operation
