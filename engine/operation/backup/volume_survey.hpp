// Reads the volumes of a set that somebody else wrote, in order, and makes of them what a run of
// our own would have noted while it wrote them: signatures, and a mark at the end of each.
//
// The signature of a file that is stored whole is made of what is stored. Of a delta it is made of
// what the delta makes, whose literals are stored, too; blocks that it copies are asked of the file
// in the source, and have to have the sums that the old signature has of them (rdiff/delta_proof).
// A volume with a delta that copies what the source does not have any more cannot be used: what it
// makes would have to be restored to be known.
//
// A volume mostly ends inside a file. So that the set can be gone on with there, files of several
// blocks are compared with the source: as long as the bytes are the same, and what tar tells of the
// file is, the mark says which file it was. The blocks of a delta are compared when they are made
// again, by their digest.
//
// Format facts: archive-format.md 4.2 and 4.3 (entries, blocks of 64 KiB), 4.6 (what a set holds of
// which change), 3.4 (what a record says of a volume's end).
#pragma once

#include "engine/manifest/manifest.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/backup/backup.hpp"
#include "engine/operation/backup/resume_mark.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "engine/rdiff/delta_proof.hpp"
#include "engine/rdiff/signature.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/cache/journal.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/spill_buffer.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

/// What an increment was made on.
struct OldState {
    cache::Catalog& catalog;  ///< without an open run
    SignatureStore& signatures;
};

/// A file whose blocks are being read; they may be in several volumes.
struct SurveyedFile {
    std::string key;
    tar::Header header;  ///< of its first block, without records
    std::uint64_t block = 0;
    std::uint64_t bytes = 0;  ///< of its content
    /// The length of a signature's blocks depends on the file's, which only its end tells: the
    /// beginning is held until it is known, or long enough not to matter.
    io::Bytes held;
    std::optional<rdiff::SignatureMaker> maker;
    std::optional<rdiff::DeltaProof> proof;  ///< of a delta
    std::string delta_digest;                ///< volume::chain_blocks() of a delta's
    /// Of a delta, or in several blocks: what stands there in the source, if it is a file.
    io::Fd source;
    std::optional<SplitFile> same;  ///< what `source` is, as long as it is what was stored
};

/// One thread.
class VolumeSurvey {
public:
    /// All outlive this object; `sigtar` is empty. `before` is null for a full set, and only then.
    VolumeSurvey(Archive& archive, const BackupRequest& request, const naming::SetId& set,
                 const OldState* before, SigtarWriter& sigtar, std::stop_token stop);

    /// Reads the volume that comes next. False when it is not what its record says, or cannot be
    /// used for another reason, which why() tells then; nothing more can be read. Throws: Error.
    [[nodiscard]] bool read(const manifest::Volume& record);

    [[nodiscard]] const std::string& why() const noexcept { return why_; }

    /// The rows of the journal of all volumes that were read. Called once, last.
    [[nodiscard]] std::vector<cache::JournalVolume> finish();

private:
    void read_entries(const manifest::Volume& record, io::Source& content);
    void take_entry(tar::Header& header, tar::Reader& reader);
    void require_order(const volume::Member& member) const;
    void take_gone(const std::string& key);
    void begin_file(const volume::Member& member, const tar::Header& header);
    void begin_delta();
    void take_data(tar::Reader& reader, bool is_last);
    void take_delta(io::ByteView data);
    void take_content(io::ByteView content);
    void make_signature_from(std::uint64_t file_bytes);
    void end_file();
    void count(volume::MemberKind kind, std::uint64_t bytes) noexcept;
    void keep(const manifest::Volume& record, const std::string& name, std::uint64_t bytes);
    void check_readers(const io::Fd& file, std::uint64_t bytes, const std::string& name);
    void open_source_file();
    [[nodiscard]] bool read_source(std::uint64_t offset, io::ByteSpan into) const;
    void compare_with_source(io::ByteView data);
    void check_stop() const;

    Archive& archive_;
    const BackupRequest& request_;
    naming::SetId set_;
    const OldState* before_;
    SigtarWriter& sigtar_;
    std::stop_token stop_;
    std::string why_;

    std::optional<std::string> last_key_;
    std::optional<SurveyedFile> file_;
    io::SpillBuffer signature_;
    io::SpillBuffer old_signature_;  ///< of the file that a delta is of
    io::Bytes buffer_;
    io::Bytes source_buffer_;
    io::Bytes delta_block_;

    BackupStatistics statistics_;  ///< of complete entries
    std::uint64_t data_bytes_ = 0;
    std::uint64_t sigtar_bytes_ = 0;  ///< up to the last kept volume's end
    std::string signatures_sha1_;
    std::vector<cache::JournalVolume> volumes_;
};

}  // namespace duplid::operation
