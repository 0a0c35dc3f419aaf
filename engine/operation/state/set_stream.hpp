// The entries of one set, in order, out of its volumes.
//
// Reading rules: archive-format.md 4.2, 4.3 (blocks of one file are joined, also across volumes),
// 4.5 (end of a tar), 10.5 (which volumes).
#pragma once

#include "engine/chain/backup_set.hpp"
#include "engine/chain/choice.hpp"
#include "engine/manifest/manifest.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/state/set_index.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "storage/io/block_source.hpp"
#include "storage/io/error.hpp"
#include "storage/io/source.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace duplid::operation {

/// An error from inside a volume, as one that names the volume.
[[nodiscard]] Error error_in_volume(const Error& error, const std::string& name);

struct SetStreamOptions {
    /// Only entries at or below this key are wanted.
    std::string key{};
    /// Open the next volume while one is read, and inflate on a thread of its own.
    bool ahead = false;
    /// Set: a volume that is missing or damaged is told here and costs only what is in it. Not set:
    /// it ends the stream with its error.
    std::function<void(const Error&)> on_lost_volume{};
    /// Where to learn what was in a lost volume.
    std::optional<chain::FoundSignatures> signatures{};
};

/// Opens volumes one after the other; each one's hash is compared with the manifest's before it is
/// decrypted. Of a volume with a chunk index only what is needed is read, if only a part of the
/// archive is wanted. One thread, apart from what it starts itself.
///
/// Entries that a lost volume held still come in their place: folders, links, fifos and devices
/// whole, out of the set's signatures, and files as lost() ones.
class SetStream {
public:
    /// What was in a lost volume, and is not known, between the previous entry and this one.
    enum class Gap { none, not_files, anything };

    /// `archive` and `set` outlive this object.
    SetStream(Archive& archive, const chain::BackupSet& set, manifest::Manifest manifest,
              SetStreamOptions options);
    SetStream(const SetStream&) = delete;
    SetStream& operator=(const SetStream&) = delete;
    ~SetStream();

    /// Goes to the next wanted entry, over what is unread of the present one. False at the end.
    /// Throws: Error; corrupt for a volume that is missing or damaged, naming it, unless those are
    /// to be told.
    [[nodiscard]] bool next();

    [[nodiscard]] const std::string& key() const noexcept { return member_.key; }
    [[nodiscard]] volume::MemberKind kind() const noexcept { return member_.kind; }
    /// Of the entry, or of its first block. `size` is that block's alone.
    [[nodiscard]] const tar::Header& header() const noexcept { return header_; }
    /// Why the entry cannot be had, or null. Only its key is known then.
    [[nodiscard]] const Error* lost() const noexcept { return lost_ ? &*lost_ : nullptr; }
    /// Also valid at the end of the stream.
    [[nodiscard]] Gap gap() const noexcept { return gap_; }
    /// Whether there was a gap anywhere so far.
    [[nodiscard]] bool had_gap() const noexcept { return gap_reason_.has_value(); }
    /// Why there is a gap.
    [[nodiscard]] const Error& gap_reason() const { return gap_reason_.value(); }

    /// The entry's data, all blocks joined. Valid until next().
    /// Throws on reading: Error corrupt; the stream can go on with next() then, if lost volumes
    /// are to be told.
    [[nodiscard]] io::Source& data() noexcept { return data_; }
    /// The next bytes of data(), at most `bytes_max`, not copied: valid until the next call of
    /// anything here. None at the end. Throws: as data().
    [[nodiscard]] io::ByteView some_data(std::size_t bytes_max);
    /// The SHA-256 (hex) that the archive states for the content of the regular file that the entry
    /// makes; empty: none. It may stand on the last block, so what is unread of data() is read.
    [[nodiscard]] const std::string& content_sha256();
    /// Whether content_sha256() may turn out not to be empty; worth asking before reading.
    [[nodiscard]] bool may_state_sha256() const noexcept
    {
        return member_.block || !content_sha256_.empty();
    }

    /// Whether all volumes are read whole, and only after their hashes were compared with the
    /// manifest's: then the data are what was put into them, without any other proof.
    [[nodiscard]] bool is_proven() const noexcept { return is_proven_; }

    /// Bytes of volumes that were fetched.
    [[nodiscard]] std::uint64_t fetched_bytes() const noexcept { return fetched_bytes_; }
    /// Volumes that hold what is wanted, and those of them that are done with.
    [[nodiscard]] const std::vector<manifest::Volume>& volumes() const noexcept { return volumes_; }
    [[nodiscard]] std::size_t volumes_done() const noexcept { return volumes_done_; }

private:
    class Data final : public io::Source {
    public:
        explicit Data(SetStream& stream) : stream_{stream} {}
        std::size_t read(io::ByteSpan into) override;

    private:
        SetStream& stream_;
    };
    /// A volume's tar stream.
    struct Content {
        std::unique_ptr<io::Source> source;
        io::BlockSource* blocks = nullptr;  ///< `source`, if it has blocks
    };
    /// A volume with everything that feeds it.
    struct OpenVolume {
        std::string name;
        std::unique_ptr<io::Source> content;
        std::unique_ptr<tar::Reader> reader;
    };
    /// A volume that could not be read, or not to its end.
    struct Loss {
        std::size_t volume = 0;  ///< index in volumes_
        Error error;
    };

    // set_stream_volumes.cpp
    [[nodiscard]] bool reads_chunks_of(const manifest::Volume& volume) const noexcept;
    [[nodiscard]] Content open(const manifest::Volume& volume);
    [[nodiscard]] std::unique_ptr<io::Source> open_chunks(const manifest::Volume& volume,
                                                          const std::string& name);
    [[nodiscard]] std::unique_ptr<io::Source> open_whole(const manifest::Volume& volume,
                                                         const std::string& name);
    [[nodiscard]] std::unique_ptr<io::Source> unwrap(io::Fd file, const std::string& name,
                                                     bool is_proven) const;
    void prove_readable(const io::Fd& file, const std::string& name);
    void start_next();

    /// Lets go of the volume that would have been next.
    void forget_next() noexcept;
    [[nodiscard]] bool next_volume();
    void close_volume();
    [[nodiscard]] bool next_member();
    [[nodiscard]] bool next_member_of_volumes();
    void take_sha256(const tar::Header& header);
    /// Goes to the next block of the file that is read, or ends it.
    void next_block();

    void lose_volume(const Error& error);
    /// Whether the file of the last block goes on behind it, as far as can be told.
    [[nodiscard]] bool file_goes_on() const;
    [[nodiscard]] bool continues(const volume::Member& member) const;
    [[nodiscard]] bool next_lost();
    void set_gap();
    [[nodiscard]] const Error& loss_at(const std::string& key) const;
    [[nodiscard]] bool deliver_peeked();

    Archive& archive_;
    const chain::BackupSet& set_;
    SetStreamOptions options_;
    manifest::Manifest manifest_;            ///< without its volumes
    std::vector<manifest::Volume> volumes_;  ///< those that may hold what is wanted
    bool is_proven_ = true;
    std::size_t next_volume_ = 0;
    std::size_t current_ = 0;  ///< index of `volume_`
    std::size_t volumes_done_ = 0;
    std::future<Content> opening_;
    OpenVolume volume_;

    tar::Header header_;
    volume::Member member_;
    std::size_t block_volume_ = 0;  ///< where the last block of `member_` was
    tar::Header peeked_header_;
    volume::Member peeked_;
    bool has_peeked_ = false;
    bool entry_ended_ = true;
    std::string content_sha256_;

    std::optional<std::string> last_key_;  ///< of the newest entry that was given out
    std::vector<Loss> losses_;             ///< behind last_key_
    std::unique_ptr<SetIndex> index_;      ///< once something was lost
    std::optional<Error> lost_;
    Gap gap_ = Gap::none;
    std::optional<Error> gap_reason_;

    std::atomic<std::uint64_t> fetched_bytes_ = 0;
    Data data_{*this};
};

}  // namespace duplid::operation
