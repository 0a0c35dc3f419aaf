// One object's metadata in its four forms: found in the source, as a tar header, as a catalog
// row, and as the private record that keeps in a sigtar what tar cannot.
#pragma once

#include "engine/operation/object/extended_attributes.hpp"
#include "engine/select/entry.hpp"
#include "engine/tar/header.hpp"
#include "storage/cache/state_row.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace duplid::operation {

/// Names and numbers of users and groups, looked up once each. One thread at a time.
class Owners {
public:
    /// The user's or group's name; empty when the local database has none.
    [[nodiscard]] const std::string& user_name(std::uint64_t uid);
    [[nodiscard]] const std::string& group_name(std::uint64_t gid);

    /// The local number of a recorded owner: that of the name if it is known here, else the
    /// recorded number (archive-format.md 7). `numeric` means: always the recorded number.
    [[nodiscard]] std::uint64_t local_uid(const tar::Header& header, bool numeric);
    [[nodiscard]] std::uint64_t local_gid(const tar::Header& header, bool numeric);

private:
    std::unordered_map<std::uint64_t, std::string> user_names_;
    std::unordered_map<std::uint64_t, std::string> group_names_;
    std::unordered_map<std::string, std::optional<std::uint64_t>> uids_;
    std::unordered_map<std::string, std::optional<std::uint64_t>> gids_;
};

[[nodiscard]] tar::Type tar_type_of(select::Type type) noexcept;

/// The number a catalog row carries for a type, and back.
[[nodiscard]] constexpr int row_type_of(tar::Type type) noexcept
{
    return static_cast<int>(type);
}
[[nodiscard]] constexpr tar::Type tar_type_of_row(int type) noexcept
{
    return static_cast<tar::Type>(type);
}

/// Everything but the name, whose memory is left as it is, and without records; size is that of the
/// stat.
void put_header(const select::Entry& entry, Owners& owners, tar::Header& header);

/// Adds the records of a volume's entry (records.hpp), but not the content's SHA-256.
void add_volume_records(const select::Entry& entry, const Attributes& attributes,
                        tar::Header& header);
/// Adds the records of a sigtar's entry, the same way; `digest` is attributes_digest().
void add_sigtar_records(const select::Entry& entry, const std::string& digest, tar::Header& header);

/// Nanoseconds of the recorded time; the header's own field has the seconds.
[[nodiscard]] std::uint32_t mtime_ns_of(const tar::Header& header);

/// The row of an object as it was found and stored; the signature's place is not touched.
void put_row(const select::Entry& entry, const std::string& digest, cache::StateRow& row);

/// The same of an object that was found but not stored: what the archive has of it stays `old`'s.
void put_refreshed_row(const select::Entry& entry, const cache::StateRow& old,
                       cache::StateRow& row);

/// The row of an object as a sigtar tells it, with what a DUPLID.stat record adds.
void put_row(const tar::Header& header, std::string_view key, Owners& owners, bool numeric,
             cache::StateRow& row);

/// `DUPLID.stat`: "size mtime_ns ctime ctime_ns inode device", decimal, one blank apart. It lets
/// a catalog that was lost be rebuilt as precise as it was.
[[nodiscard]] tar::PaxRecord stat_record(const select::Entry& entry);

enum class Difference {
    none,
    /// Only change time or inode moved: content and extended attributes have to be looked at.
    look_inside,
    /// The object itself changed, its type did not.
    changed,
    /// Another type now: a new object in the old one's place.
    replaced,
};

/// What decides whether an object goes into the set (archive-format.md 7, and beyond it what the
/// catalog knows more precisely: size, nanoseconds, change time, inode, other names).
[[nodiscard]] Difference compare(const select::Entry& entry, const cache::StateRow& row) noexcept;

/// Whether the row's fingerprint lacks something the entry brings, so that it is worth a refresh.
[[nodiscard]] bool fingerprint_differs(const select::Entry& entry,
                                       const cache::StateRow& row) noexcept;

}  // namespace duplid::operation
