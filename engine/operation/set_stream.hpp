// The entries of one set, in order, out of its volumes.
//
// Reading rules: archive-format.md 4.2, 4.3 (blocks of one file are joined, also across volumes),
// 4.5 (end of a tar), 10.5 (which volumes).
#pragma once

#include "engine/chain/backup_set.hpp"
#include "engine/manifest/manifest.hpp"
#include "engine/operation/archive.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "storage/io/source.hpp"

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace duplid::operation {

struct SetStreamOptions {
    /// Only entries at or below this key are wanted.
    std::string key;
    /// Open the next volume while one is read, and inflate on a thread of its own.
    bool ahead = false;
};

/// Opens volumes one after the other; each one's hash is compared with the manifest's before it is
/// decrypted. Of a volume with a chunk index only what is needed is read, if only a part of the
/// archive is wanted. One thread, apart from what it starts itself.
class SetStream {
public:
    /// `archive` and `set` outlive this object.
    SetStream(Archive& archive, const chain::BackupSet& set, manifest::Manifest manifest,
              SetStreamOptions options);
    SetStream(const SetStream&) = delete;
    SetStream& operator=(const SetStream&) = delete;
    ~SetStream();

    /// Goes to the next wanted entry, over what is unread of the present one. False at the end.
    /// Throws: Error; corrupt for a volume that is missing or damaged, naming it.
    [[nodiscard]] bool next();

    [[nodiscard]] const std::string& key() const noexcept { return member_.key; }
    [[nodiscard]] volume::MemberKind kind() const noexcept { return member_.kind; }
    /// Of the entry, or of its first block. `size` is that block's alone.
    [[nodiscard]] const tar::Header& header() const noexcept { return header_; }

    /// The entry's data, all blocks joined. Valid until next().
    [[nodiscard]] io::Source& data() noexcept { return data_; }

    /// The SHA-256 (hex) that the archive states for the content of the regular file that the entry
    /// makes; empty: none. It may stand on the last block, so what is unread of data() is read.
    [[nodiscard]] const std::string& content_sha256();
    /// Whether content_sha256() may turn out not to be empty; worth asking before reading.
    [[nodiscard]] bool may_state_sha256() const noexcept
    {
        return member_.block || !content_sha256_.empty();
    }

    /// Bytes of volumes that were fetched.
    [[nodiscard]] std::uint64_t fetched_bytes() const noexcept { return fetched_bytes_; }

private:
    class Data final : public io::Source {
    public:
        explicit Data(SetStream& stream) : stream_{stream} {}
        std::size_t read(io::ByteSpan into) override { return stream_.read_data(into); }

    private:
        SetStream& stream_;
    };
    /// A volume's tar stream with everything that feeds it.
    struct OpenVolume {
        std::string name;
        std::unique_ptr<io::Source> content;
        std::unique_ptr<tar::Reader> reader;
    };

    [[nodiscard]] std::unique_ptr<io::Source> open(const manifest::Volume& volume);
    [[nodiscard]] std::unique_ptr<io::Source> open_chunks(const manifest::Volume& volume,
                                                          const std::string& name);
    [[nodiscard]] std::unique_ptr<io::Source> open_whole(const manifest::Volume& volume,
                                                         const std::string& name);
    void start_next();
    /// Lets go of the volume that would have been next.
    void forget_next() noexcept;
    [[nodiscard]] bool next_volume();
    void close_volume();
    [[nodiscard]] bool next_member();
    std::size_t read_data(io::ByteSpan into);
    void take_sha256(const tar::Header& header);

    Archive& archive_;
    const chain::BackupSet& set_;
    SetStreamOptions options_;
    std::vector<manifest::Volume> volumes_;  ///< those that may hold what is wanted
    std::size_t next_volume_ = 0;
    std::future<std::unique_ptr<io::Source>> opening_;
    OpenVolume volume_;

    tar::Header header_;
    volume::Member member_;
    tar::Header peeked_header_;
    volume::Member peeked_;
    bool has_peeked_ = false;
    bool entry_ended_ = true;
    std::string content_sha256_;
    std::atomic<std::uint64_t> fetched_bytes_ = 0;
    Data data_{*this};
};

}  // namespace duplid::operation
