#include "engine/operation/object/metadata.hpp"

#include "engine/operation/object/hard_links.hpp"
#include "engine/operation/object/records.hpp"
#include "engine/tar/number.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <utility>
#include <vector>

namespace duplid::operation {

namespace {

constexpr std::size_t lookup_bytes_min = 1024;
constexpr std::size_t lookup_bytes_max = std::size_t{1} << 20U;

/// Calls a getpwuid_r-like function with a buffer that grows until the answer fits.
template <class Record, class Lookup>
bool look_up(Record& record, std::vector<char>& buffer, Lookup lookup)
{
    for (buffer.resize(lookup_bytes_min);; buffer.resize(buffer.size() * 2)) {
        Record* found = nullptr;
        const int error = lookup(&record, buffer.data(), buffer.size(), &found);
        if (error != ERANGE || buffer.size() >= lookup_bytes_max) {
            return found != nullptr;
        }
    }
}

template <class Key, class Value, class Find>
const Value& remembered(std::unordered_map<Key, Value>& cache, const Key& key, Find find)
{
    const auto [place, is_new] = cache.try_emplace(key);
    if (is_new) {
        place->second = find();
    }
    return place->second;
}

/// Times before 1970 are stored as 0 (archive-format.md 4.1), so they are all equal.
std::int64_t stored_time(std::int64_t time) noexcept
{
    return std::max<std::int64_t>(time, 0);
}

/// Keeps the memory of its texts: rows are made by the million.
void clear(cache::StateRow& row)
{
    cache::StateRow fresh;
    for (auto text :
         {&cache::StateRow::key, &cache::StateRow::link, &cache::StateRow::attributes}) {
        (fresh.*text).swap(row.*text);
        (fresh.*text).clear();
    }
    row = std::move(fresh);
}

void read_stat_record(std::string_view text, cache::StateRow& row)
{
    std::array<std::uint64_t, 6> numbers{};
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        std::int64_t number = 0;
        const auto [next, error] = std::from_chars(at, end, number);
        const bool last = i + 1 == numbers.size();
        if (error != std::errc{} || (last ? next != end : (next == end || *next != ' '))) {
            return;  // not a record of ours after all: do without
        }
        numbers[i] = static_cast<std::uint64_t>(number);
        at = next + (last ? 0 : 1);
    }
    row.size = numbers[0];
    row.mtime_ns = static_cast<std::uint32_t>(numbers[1]);
    row.ctime = static_cast<std::int64_t>(numbers[2]);
    row.ctime_ns = static_cast<std::uint32_t>(numbers[3]);
    row.inode = numbers[4];
    row.device = numbers[5];
    row.known = cache::StateRow::knows_size | cache::StateRow::knows_mtime_ns |
                cache::StateRow::knows_ctime | cache::StateRow::knows_inode;
}

/// Time has no fraction where it has no value: before 1970.
void add_time_record(const select::Entry& entry, tar::Header& header)
{
    if (entry.mtime >= 0 && entry.mtime_ns != 0) {
        header.extra.push_back(
            {std::string{record::mtime}, fmt::format("{}.{:09}", entry.mtime, entry.mtime_ns)});
    }
}

/// Whether something that both sides state is another.
bool differs_plainly(const select::Entry& entry, const cache::StateRow& row) noexcept
{
    using Row = cache::StateRow;
    if (entry.uid != row.uid || entry.gid != row.gid) {
        return true;
    }
    if (entry.type == select::Type::symlink) {
        return entry.link_target != row.link;
    }
    if (entry.mode != row.mode) {
        return true;
    }
    if (entry.type == select::Type::character || entry.type == select::Type::block) {
        return entry.rdev_major != row.rdev_major || entry.rdev_minor != row.rdev_minor;
    }
    if (stored_time(entry.mtime) != row.mtime ||
        ((row.known & Row::knows_mtime_ns) != 0 && entry.mtime_ns != row.mtime_ns)) {
        return true;
    }
    return entry.type == select::Type::regular && (row.known & Row::knows_size) != 0 &&
           entry.size != row.size;
}

}  // namespace

const std::string& Owners::user_name(std::uint64_t uid)
{
    return remembered(user_names_, uid, [&] {
        passwd record{};
        std::vector<char> buffer;
        const bool found =
            look_up(record, buffer, [&](auto* into, char* text, auto size, auto** out) {
                return ::getpwuid_r(static_cast<uid_t>(uid), into, text, size, out);
            });
        return found ? std::string{record.pw_name} : std::string{};
    });
}

const std::string& Owners::group_name(std::uint64_t gid)
{
    return remembered(group_names_, gid, [&] {
        group record{};
        std::vector<char> buffer;
        const bool found =
            look_up(record, buffer, [&](auto* into, char* text, auto size, auto** out) {
                return ::getgrgid_r(static_cast<gid_t>(gid), into, text, size, out);
            });
        return found ? std::string{record.gr_name} : std::string{};
    });
}

std::uint64_t Owners::local_uid(const tar::Header& header, bool numeric)
{
    if (numeric || header.uname.empty()) {
        return header.uid;
    }
    const auto& known = remembered(uids_, header.uname, [&]() -> std::optional<std::uint64_t> {
        passwd record{};
        std::vector<char> buffer;
        const bool found =
            look_up(record, buffer, [&](auto* into, char* text, auto size, auto** out) {
                return ::getpwnam_r(header.uname.c_str(), into, text, size, out);
            });
        return found ? std::optional<std::uint64_t>{record.pw_uid} : std::nullopt;
    });
    return known.value_or(header.uid);
}

std::uint64_t Owners::local_gid(const tar::Header& header, bool numeric)
{
    if (numeric || header.gname.empty()) {
        return header.gid;
    }
    const auto& known = remembered(gids_, header.gname, [&]() -> std::optional<std::uint64_t> {
        group record{};
        std::vector<char> buffer;
        const bool found =
            look_up(record, buffer, [&](auto* into, char* text, auto size, auto** out) {
                return ::getgrnam_r(header.gname.c_str(), into, text, size, out);
            });
        return found ? std::optional<std::uint64_t>{record.gr_gid} : std::nullopt;
    });
    return known.value_or(header.gid);
}

tar::Type tar_type_of(select::Type type) noexcept
{
    switch (type) {
    case select::Type::regular:
        return tar::Type::regular;
    case select::Type::directory:
        return tar::Type::directory;
    case select::Type::symlink:
        return tar::Type::symlink;
    case select::Type::fifo:
        return tar::Type::fifo;
    case select::Type::character:
        return tar::Type::character;
    case select::Type::block:
        return tar::Type::block;
    }
    return tar::Type::regular;
}

void put_header(const select::Entry& entry, Owners& owners, tar::Header& header)
{
    header.type = tar_type_of(entry.type);
    header.mode = entry.mode;
    header.uid = entry.uid;
    header.gid = entry.gid;
    header.size = entry.size;
    header.mtime = stored_time(entry.mtime);
    if (entry.type == select::Type::symlink) {
        header.link = entry.link_target;
    } else {
        header.link.clear();
    }
    header.uname = owners.user_name(entry.uid);
    header.gname = owners.group_name(entry.gid);
    header.dev_major = entry.rdev_major;
    header.dev_minor = entry.rdev_minor;
    header.extra.clear();
}

void add_volume_records(const select::Entry& entry, const Attributes& attributes,
                        tar::Header& header)
{
    add_time_record(entry, header);
    if (has_other_names(entry)) {
        header.extra.push_back(link_record(entry));
    }
    if (entry.type == select::Type::regular && entry.allocated_bytes < entry.size) {
        header.extra.push_back(
            {std::string{record::sparse}, fmt::format("{}", entry.allocated_bytes)});
    }
    add_attribute_records(attributes, header);
}

void add_sigtar_records(const select::Entry& entry, const std::string& digest, tar::Header& header)
{
    header.extra.push_back(stat_record(entry));
    add_time_record(entry, header);
    if (has_other_names(entry)) {
        header.extra.push_back(link_record(entry));
    }
    if (!digest.empty()) {
        header.extra.push_back({std::string{record::attributes}, digest});
    }
}

std::uint32_t mtime_ns_of(const tar::Header& header)
{
    const auto* text = record::find(header, record::mtime);
    const auto time = text != nullptr ? tar::pax_time_in(*text) : std::nullopt;
    return time && time->seconds == header.mtime ? time->nanoseconds : 0;
}

void put_row(const select::Entry& entry, const std::string& digest, cache::StateRow& row)
{
    row.key = entry.key;
    row.type = row_type_of(tar_type_of(entry.type));
    row.mode = entry.mode;
    row.uid = entry.uid;
    row.gid = entry.gid;
    row.mtime = stored_time(entry.mtime);
    row.link = entry.link_target;
    row.rdev_major = entry.rdev_major;
    row.rdev_minor = entry.rdev_minor;
    row.known = cache::StateRow::knows_size | cache::StateRow::knows_mtime_ns |
                cache::StateRow::knows_ctime | cache::StateRow::knows_inode;
    row.size = entry.size;
    row.mtime_ns = entry.mtime_ns;
    row.ctime = entry.ctime;
    row.ctime_ns = entry.ctime_ns;
    row.inode = entry.inode;
    row.device = entry.device;
    row.attributes = digest;
    row.linked = has_other_names(entry);
    row.suspect = false;
}

void put_refreshed_row(const select::Entry& entry, const cache::StateRow& old, cache::StateRow& row)
{
    put_row(entry, old.attributes, row);
    row.linked = old.linked;
    row.sig_set = old.sig_set;
    row.sig_offset = old.sig_offset;
    row.sig_bytes = old.sig_bytes;
}

void put_row(const tar::Header& header, std::string_view key, Owners& owners, bool numeric,
             cache::StateRow& row)
{
    clear(row);
    row.key = key;
    row.type = row_type_of(header.type);
    row.mode = header.mode;
    row.uid = owners.local_uid(header, numeric);
    row.gid = owners.local_gid(header, numeric);
    row.mtime = stored_time(header.mtime);
    if (header.type == tar::Type::symlink) {
        row.link = header.link;
    }
    row.rdev_major = header.dev_major;
    row.rdev_minor = header.dev_minor;
    for (const auto& record : header.extra) {
        if (record.keyword == record::stat) {
            read_stat_record(record.value, row);
        } else if (record.keyword == record::attributes) {
            row.attributes = record.value;
        }
    }
    row.linked = link_group_of(header).has_value();
}

tar::PaxRecord stat_record(const select::Entry& entry)
{
    return {std::string{record::stat},
            fmt::format("{} {} {} {} {} {}", entry.size, entry.mtime_ns, entry.ctime,
                        entry.ctime_ns, static_cast<std::int64_t>(entry.inode),
                        static_cast<std::int64_t>(entry.device))};
}

Difference compare(const select::Entry& entry, const cache::StateRow& row) noexcept
{
    using Row = cache::StateRow;
    if (row_type_of(tar_type_of(entry.type)) != row.type) {
        return Difference::replaced;
    }
    if (row.suspect || differs_plainly(entry, row)) {
        return Difference::changed;
    }
    // Device numbers are not compared: many file systems get another one with each mount.
    const bool ctime_moved = (row.known & Row::knows_ctime) != 0 &&
                             (entry.ctime != row.ctime || entry.ctime_ns != row.ctime_ns);
    const bool inode_moved = (row.known & Row::knows_inode) != 0 && entry.inode != row.inode;
    // A name was given to the object or taken from it, or its group has other numbers by now.
    if (ctime_moved && (has_other_names(entry) != row.linked ||
                        (row.linked && (inode_moved || entry.device != row.device)))) {
        return Difference::changed;
    }
    const bool has_content = entry.type == select::Type::regular;
    return ctime_moved || (inode_moved && has_content) ? Difference::look_inside : Difference::none;
}

bool fingerprint_differs(const select::Entry& entry, const cache::StateRow& row) noexcept
{
    constexpr auto all = cache::StateRow::knows_size | cache::StateRow::knows_mtime_ns |
                         cache::StateRow::knows_ctime | cache::StateRow::knows_inode;
    if ((row.known & all) != all) {
        return true;
    }
    return entry.type == select::Type::regular &&
           (entry.ctime != row.ctime || entry.ctime_ns != row.ctime_ns || entry.inode != row.inode);
}

}  // namespace duplid::operation
