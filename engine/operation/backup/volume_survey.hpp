// Reads the volumes of a full set that somebody else wrote, in order, and makes of them what a run
// of our own would have noted while it wrote them: signatures, and a mark at the end of each.
//
// A volume mostly ends inside a file. So that the set can be gone on with there, files of several
// blocks are read in the source beside what is stored of them: as long as the bytes are the same,
// and what tar tells of the file is, the mark says which file it was.
//
// Format facts: archive-format.md 4.2 and 4.3 (entries, blocks of 64 KiB), 3.4 (what a record says
// of a volume's end).
#pragma once

#include "engine/manifest/manifest.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/backup/backup.hpp"
#include "engine/operation/backup/resume_mark.hpp"
#include "engine/rdiff/signature.hpp"
#include "engine/tar/reader.hpp"
#include "storage/cache/journal.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/spill_buffer.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

/// A file whose blocks are being read; they may be in several volumes.
struct SurveyedFile {
    std::string key;
    tar::Header header;  ///< of its first block, without records
    std::uint64_t block = 0;
    std::uint64_t bytes = 0;
    /// The length of a signature's blocks depends on the file's, which only its end tells: the
    /// beginning is held until it is known, or long enough not to matter.
    io::Bytes held;
    std::optional<rdiff::SignatureMaker> maker;
    /// Of a file in several blocks: the one in the source, as long as it is the same.
    io::Fd source;
    SplitFile source_facts;
};

/// One thread.
class VolumeSurvey {
public:
    /// All outlive this object; `sigtar` is empty.
    VolumeSurvey(Archive& archive, const BackupRequest& request, const naming::SetId& set,
                 SigtarWriter& sigtar, std::stop_token stop);

    /// Reads the volume that comes next. False when it is not what its record says, or cannot be
    /// used for another reason, which why() tells then; nothing more can be read. Throws: Error.
    [[nodiscard]] bool read(const manifest::Volume& record);

    [[nodiscard]] const std::string& why() const noexcept { return why_; }

    /// The rows of the journal of all volumes that were read. Called once, last.
    [[nodiscard]] std::vector<cache::JournalVolume> finish();

private:
    void read_entries(const manifest::Volume& record, io::Source& content);
    void take_entry(tar::Header& header, tar::Reader& reader);
    void begin_file(const std::string& key, const tar::Header& header, bool in_blocks);
    void take_data(tar::Reader& reader);
    void make_signature_from(std::uint64_t file_bytes);
    void end_file();
    void count(std::uint64_t bytes) noexcept;
    void keep(const manifest::Volume& record, const std::string& name, std::uint64_t bytes);
    void check_readers(const io::Fd& file, std::uint64_t bytes, const std::string& name);
    void open_source_file();
    void compare_with_source(io::ByteView data);

    Archive& archive_;
    const BackupRequest& request_;
    naming::SetId set_;
    SigtarWriter& sigtar_;
    std::stop_token stop_;
    std::string why_;

    std::optional<std::string> last_key_;
    std::optional<SurveyedFile> file_;
    io::SpillBuffer signature_;
    io::Bytes buffer_;
    io::Bytes source_buffer_;

    BackupStatistics statistics_;  ///< of complete entries
    std::uint64_t data_bytes_ = 0;
    std::uint64_t sigtar_bytes_ = 0;  ///< up to the last kept volume's end
    std::string signatures_sha1_;
    std::vector<cache::JournalVolume> volumes_;
};

}  // namespace duplid::operation
