#include "engine/operation/repair/rebuild_signatures.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/state/set_stream.hpp"
#include "engine/rdiff/patch.hpp"
#include "engine/rdiff/signature.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <optional>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

/// duplicity's default (archive-format.md 5.3).
constexpr std::uint32_t block_bytes_max = 2048;

class SignatureRebuild {
public:
    SignatureRebuild(Archive& archive, const std::vector<SetHealth>& chain,
                     const std::set<naming::SetId>& missing, ReadingProgress& reading,
                     const std::stop_token& stop)
        : archive_{archive}, stop_{stop}
    {
        for (const auto& health : chain) {
            if (health.set->id > *missing.rbegin()) {
                break;
            }
            sets_.push_back(&health);
            streams_.push_back(std::make_unique<SetStream>(archive_, *health.set, health.readable(),
                                                           SetStreamOptions{}));
            volumes_.emplace_back(reading, *health.set, *streams_.back());
            if (missing.count(health.set->id) > 0) {
                const auto path = archive_.directory.path_of("duplid-repair.sigtar.part");
                written_.emplace(health.set->id, std::make_unique<SigtarWriter>(path));
                ::unlink(path.c_str());  // read through its descriptor, and gone with it
            }
        }
    }

    RebuiltSignatures run()
    {
        std::vector<bool> has(streams_.size());
        for (std::size_t i = 0; i < streams_.size(); ++i) {
            has[i] = streams_[i]->next();
        }
        for (;;) {
            const std::string* least = nullptr;
            for (std::size_t i = 0; i < streams_.size(); ++i) {
                if (has[i] && (least == nullptr || streams_[i]->key() < *least)) {
                    least = &streams_[i]->key();
                }
            }
            if (least == nullptr) {
                break;
            }
            const auto key = *least;
            std::vector<std::size_t> same;  // sets that have the object, oldest first
            for (std::size_t i = 0; i < streams_.size(); ++i) {
                if (has[i] && streams_[i]->key() == key) {
                    same.push_back(i);
                }
            }
            take_object(key, same);
            for (const auto i : same) {
                has[i] = streams_[i]->next();
                volumes_[i].tick();
            }
        }
        for (auto& [id, writer] : written_) {
            writer->finish();
        }
        return std::move(written_);
    }

private:
    [[nodiscard]] SigtarWriter* writer_of(std::size_t set)
    {
        const auto found = written_.find(sets_[set]->set->id);
        return found == written_.end() ? nullptr : found->second.get();
    }

    /// Whether the content after `same[at]` is needed: for its signature, or for the delta behind.
    [[nodiscard]] bool is_needed(const std::vector<std::size_t>& same, std::size_t at)
    {
        for (; at < same.size(); ++at) {
            if (writer_of(same[at]) != nullptr) {
                return true;
            }
            if (at + 1 < same.size() &&
                streams_[same[at + 1]]->kind() != volume::MemberKind::diff) {
                return false;
            }
        }
        return false;
    }

    void take_object(const std::string& key, const std::vector<std::size_t>& same)
    {
        std::optional<io::TempFile> content;
        for (std::size_t at = 0; at < same.size(); ++at) {
            if (stop_.stop_requested()) {
                throw Error{Error::Kind::cancelled, "the repair was stopped on request"};
            }
            auto& stream = *streams_[same[at]];
            auto* writer = writer_of(same[at]);
            if (sets_[same[at]]->may_have_lost(key)) {
                content.reset();
                continue;
            }
            auto header = stream.header();
            header.extra.clear();
            const bool has_content =
                stream.kind() != volume::MemberKind::deleted && header.type == tar::Type::regular;
            if (!has_content) {
                content.reset();
                if (writer != nullptr) {
                    writer->add(stream.kind(), key, header);
                }
            } else if (is_needed(same, at) && advance(stream, content) && writer != nullptr) {
                const auto signature = signature_of(*content);
                writer->add_signature(key, header, signature);
            }
        }
    }

    /// Makes `content` what it is after this entry; false when it cannot be known.
    [[nodiscard]] bool advance(SetStream& stream, std::optional<io::TempFile>& content)
    {
        const bool is_delta = stream.kind() == volume::MemberKind::diff;
        if (is_delta && !content) {
            return false;
        }
        const auto& directory = archive_.settings.temp_directory;
        auto next = io::TempFile::unnamed(directory);
        io::FdSink sink{next.fd(), directory};
        if (is_delta) {
            const auto name = io::printable(naming::path_of_key(stream.key()));
            try {
                rdiff::patch(content->fd(), name, stream.data(), sink);
            } catch (const Error& error) {
                if (error.kind() != Error::Kind::corrupt || error.object() != name) {
                    throw;
                }
                content.reset();
                return false;
            }
        } else {
            io::copy(stream.data(), sink);
        }
        content = std::move(next);
        return true;
    }

    [[nodiscard]] io::Bytes signature_of(const io::TempFile& content)
    {
        const auto bytes = content.bytes();
        io::MemorySink signature;
        rdiff::SignatureMaker maker{rdiff::block_bytes(bytes, block_bytes_max), signature};
        io::RangeSource source{content.fd(), 0, bytes, archive_.settings.temp_directory};
        while (const auto got = source.read(buffer_)) {
            maker.write(io::ByteView{buffer_}.first(got));
        }
        maker.finish();
        return signature.take();
    }

    Archive& archive_;
    const std::stop_token& stop_;
    std::vector<const SetHealth*> sets_;
    std::vector<std::unique_ptr<SetStream>> streams_;
    std::vector<VolumesRead> volumes_;  ///< of the streams
    RebuiltSignatures written_;
    io::Bytes buffer_ = io::Bytes(std::size_t{256} << 10U);
};

}  // namespace

RebuiltSignatures rebuild_signatures(Archive& archive, const std::vector<SetHealth>& chain,
                                     const std::set<naming::SetId>& missing,
                                     ReadingProgress& reading, const std::stop_token& stop)
{
    if (missing.empty()) {
        return {};
    }
    return SignatureRebuild{archive, chain, missing, reading, stop}.run();
}

}  // namespace duplid::operation
