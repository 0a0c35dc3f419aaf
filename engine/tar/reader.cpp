#include "engine/tar/reader.hpp"

#include "engine/tar/number.hpp"
#include "engine/tar/pax.hpp"
#include "engine/tar/ustar.hpp"
#include "storage/io/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

namespace duplid::tar {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{128} << 10U;

/// Records of `g` headers are applied again for each entry; this keeps that cheap. duplicity
/// writes none, other tars a comment.
constexpr std::size_t global_pax_bytes_max = std::size_t{64} << 10U;

constexpr std::string_view posix_magic{"ustar\0", 6};
constexpr std::string_view gnu_magic = "ustar ";

std::string_view text_in(const std::byte* block, Field field) noexcept
{
    const auto text = io::text_of({block + field.offset, field.bytes});
    return text.substr(0, text.find('\0'));
}

std::optional<std::int64_t> number_at(const std::byte* block, Field field) noexcept
{
    return number_in({block + field.offset, field.bytes});
}

bool has_right_checksum(ConstBlock block) noexcept
{
    const auto stated = number_at(block.data(), checksum_field);
    return stated && (*stated == checksum_of(block) || *stated == signed_checksum_of(block));
}

/// The type a flag stands for. Nothing for those that duplicity neither writes nor reads and
/// whose data could not be understood, such as sparse files and parts of multi-volume tars.
std::optional<Type> type_of(char flag) noexcept
{
    switch (flag) {
    case '\0':  // before POSIX
    case '0':
    case '7':  // contiguous, on systems that had such
        return Type::regular;
    case '1':
        return Type::hard_link;
    case '2':
        return Type::symlink;
    case '3':
        return Type::character;
    case '4':
        return Type::block;
    case '5':
        return Type::directory;
    case '6':
        return Type::fifo;
    default:
        return std::nullopt;
    }
}

enum class Keyword { path, linkpath, uname, gname, uid, gid, size, mtime, hdrcharset, other };

Keyword keyword_of(std::string_view text) noexcept
{
    // In the order of the enumeration.
    constexpr std::array<std::string_view, 9> known{"path", "linkpath", "uname", "gname",     "uid",
                                                    "gid",  "size",     "mtime", "hdrcharset"};
    const auto at = std::ranges::find(known, text) - known.begin();
    return static_cast<Keyword>(at);
}

}  // namespace

void Reader::fail(const std::string& what) const
{
    throw Error{Error::Kind::corrupt,
                fmt::format("tar entry at offset {}: {}", header_offset_, what)};
}

// --- bytes --------------------------------------------------------------------------------------

/// Reads more behind what is unread, of which there is less than a block of the tar.
bool Reader::fill()
{
    if (blocks_ != nullptr && unread_.empty()) {
        unread_ = blocks_->next_block();
        return !unread_.empty();
    }
    if (!buffer_) {
        buffer_ = std::make_unique_for_overwrite<std::byte[]>(buffer_bytes);
    }
    const auto kept = unread_.size();
    if (kept > 0) {
        std::memmove(buffer_.get(), unread_.data(), kept);
    }
    const auto got = source_.read({buffer_.get() + kept, buffer_bytes - kept});
    unread_ = {buffer_.get(), kept + got};
    return got != 0;
}

void Reader::take(std::size_t bytes) noexcept
{
    unread_ = unread_.subspan(bytes);
    offset_ += bytes;
}

/// The block at the front, left there; nullptr when the stream ends here.
const std::byte* Reader::block_at_front()
{
    while (unread_.size() < block_bytes) {
        if (!fill()) {
            if (unread_.empty()) {
                return nullptr;
            }
            fail("cut short within its header");
        }
    }
    return unread_.data();
}

void Reader::discard(std::uint64_t bytes)
{
    while (bytes > 0) {
        if (unread_.empty() && !fill()) {
            fail("cut short within its data");
        }
        const auto here = std::min<std::uint64_t>(bytes, unread_.size());
        take(static_cast<std::size_t>(here));
        bytes -= here;
    }
}

std::size_t Reader::read(io::ByteSpan into)
{
    into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), data_left_)));
    if (into.empty()) {
        return 0;
    }
    if (!unread_.empty() || into.size() < buffer_bytes / 2) {
        const auto here = some(into.size());
        std::memcpy(into.data(), here.data(), here.size());
        return here.size();
    }
    const auto got = source_.read(into);  // large and nothing buffered: past the buffer
    if (got == 0) {
        fail("cut short within its data");
    }
    offset_ += got;
    data_left_ -= got;
    return got;
}

io::ByteView Reader::some(std::size_t bytes_max)
{
    if (data_left_ == 0) {
        return {};
    }
    if (unread_.empty() && !fill()) {
        fail("cut short within its data");
    }
    const auto here = unread_.first(static_cast<std::size_t>(
        std::min<std::uint64_t>(std::min(bytes_max, unread_.size()), data_left_)));
    take(here.size());
    data_left_ -= here.size();
    return here;
}

void Reader::skip()
{
    discard(data_left_);
    data_left_ = 0;
}

// --- headers about other headers ----------------------------------------------------------------

std::string Reader::take_extension_data(std::uint64_t bytes, std::size_t bytes_max,
                                        const char* what)
{
    if (bytes > bytes_max) {
        fail(fmt::format("{} of {} bytes, more than {}", what, bytes, bytes_max));
    }
    std::string data(static_cast<std::size_t>(bytes), '\0');
    data_left_ = bytes;
    for (auto left = std::as_writable_bytes(std::span{data}); !left.empty();) {
        left = left.subspan(read(left));
    }
    discard(padding_of(bytes));
    return data;
}

bool Reader::take_extension(const std::byte* block)
{
    const char flag = static_cast<char>(block[type_field.offset]);
    if (flag != 'x' && flag != 'g' && flag != 'L' && flag != 'K') {
        return false;
    }
    const auto size = number_at(block, size_field);
    if (!size || *size < 0) {
        fail("malformed size");
    }
    const auto bytes = static_cast<std::uint64_t>(*size);
    discard(block_bytes);
    switch (flag) {
    case 'x':
        extensions_.pax +=
            take_extension_data(bytes, pax_bytes_max - extensions_.pax.size(), "pax header");
        break;
    case 'g':
        keep_global(take_extension_data(bytes, pax_bytes_max, "global pax header"));
        return true;  // stands for itself: the stream may end behind it
    case 'L':
    case 'K': {
        auto text = take_extension_data(bytes, name_bytes_max + 1, "long name");
        text.resize(std::min(text.size(), text.find('\0')));
        (flag == 'L' ? extensions_.name : extensions_.link) = std::move(text);
        break;
    }
    }
    extensions_.any = true;
    return true;
}

void Reader::keep_global(std::string_view records)
{
    while (!records.empty()) {
        const auto before = records;
        const auto record = take_record(records);
        if (!record) {
            fail("malformed global pax header");
        }
        if (keyword_of(record->keyword) != Keyword::other) {
            global_pax_ += before.substr(0, before.size() - records.size());
        }
    }
    if (global_pax_.size() > global_pax_bytes_max) {
        fail("too many records in global pax headers");
    }
}

// --- an entry's own header ----------------------------------------------------------------------

void Reader::read_own_header(const std::byte* block, Header& header) const
{
    const auto number = [&](Field field, const char* what) {
        const auto value = number_at(block, field);
        if (!value) {
            fail(fmt::format("malformed {}", what));
        }
        return *value;
    };
    const auto natural = [&](Field field, const char* what) {
        const auto value = number(field, what);
        if (value < 0) {
            fail(fmt::format("negative {}", what));
        }
        return static_cast<std::uint64_t>(value);
    };
    const auto device = [&](Field field) {
        const auto value = natural(field, "device number");
        if (value > std::numeric_limits<std::uint32_t>::max()) {
            fail("device number too large");
        }
        return static_cast<std::uint32_t>(value);
    };

    const auto magic = io::text_of({block + magic_field.offset, posix_magic.size()});
    const bool is_posix = magic == posix_magic;
    const bool has_owner_names = is_posix || magic == gnu_magic;

    const char flag = static_cast<char>(block[type_field.offset]);
    const auto type = type_of(flag);
    if (!type) {
        fail(fmt::format("type {:#04x}, which is not supported", static_cast<unsigned char>(flag)));
    }

    header.name.clear();
    // GNU tar keeps other things where POSIX has the prefix.
    const auto prefix = is_posix ? text_in(block, prefix_field) : std::string_view{};
    if (!prefix.empty()) {
        header.name.append(prefix).append(1, '/');
    }
    header.name.append(text_in(block, name_field));
    header.type = *type;
    header.mode = static_cast<std::uint32_t>(natural(mode_field, "mode") & 07777U);
    header.uid = natural(uid_field, "uid");
    header.gid = natural(gid_field, "gid");
    header.size = natural(size_field, "size");
    header.mtime = number(mtime_field, "mtime");
    header.link.assign(text_in(block, link_field));
    header.uname.assign(has_owner_names ? text_in(block, uname_field) : std::string_view{});
    header.gname.assign(has_owner_names ? text_in(block, gname_field) : std::string_view{});
    const bool is_device = *type == Type::character || *type == Type::block;
    header.dev_major = is_device ? device(dev_major_field) : 0;
    header.dev_minor = is_device ? device(dev_minor_field) : 0;
    header.extra.clear();
}

void Reader::apply_pax(std::string_view records, Header& header,
                       std::string_view& exact_mtime) const
{
    const auto text = [this](const PaxRecordView& record, std::string& field) {
        if (record.value.size() > name_bytes_max) {
            fail(fmt::format("{} of {} bytes, more than {}", record.keyword, record.value.size(),
                             name_bytes_max));
        }
        if (record.value.find('\0') != std::string_view::npos) {
            fail(fmt::format("{} holds a NUL", record.keyword));
        }
        field.assign(record.value);
    };
    const auto natural = [this](const PaxRecordView& record) {
        const auto value = decimal_in(record.value);
        if (!value || *value > static_cast<std::uint64_t>(INT64_MAX)) {
            fail(fmt::format("malformed {}", record.keyword));
        }
        return *value;
    };

    while (!records.empty()) {
        const auto record = take_record(records);
        if (!record) {
            fail("malformed pax header");
        }
        const auto keyword = keyword_of(record->keyword);
        // POSIX: an empty value takes a record back, and the header's own field counts again.
        if (record->value.empty() && keyword != Keyword::other) {
            continue;
        }
        switch (keyword) {
        case Keyword::path:
            text(*record, header.name);
            break;
        case Keyword::linkpath:
            text(*record, header.link);
            break;
        case Keyword::uname:
            text(*record, header.uname);
            break;
        case Keyword::gname:
            text(*record, header.gname);
            break;
        case Keyword::uid:
            header.uid = natural(*record);
            break;
        case Keyword::gid:
            header.gid = natural(*record);
            break;
        case Keyword::size:
            header.size = natural(*record);
            break;
        case Keyword::mtime: {
            const auto time = pax_time_in(record->value);
            if (!time) {
                fail("malformed mtime");
            }
            header.mtime = time->seconds;
            exact_mtime = time->has_fraction ? record->value : std::string_view{};
            break;
        }
        case Keyword::hdrcharset:
            break;  // only says how to print the others; they are bytes here
        case Keyword::other:
            if (record->keyword.starts_with("GNU.sparse.")) {
                fail("a sparse file, which is not supported");
            }
            header.extra.push_back({std::string{record->keyword}, std::string{record->value}});
            break;
        }
    }
}

bool Reader::next(Header& header)
{
    if (at_end_) {
        return false;
    }
    discard(data_left_ + padding_left_);
    data_left_ = 0;
    padding_left_ = 0;
    header_offset_ = offset_;
    if (extensions_.any) {
        extensions_ = {};
    }

    const std::byte* block = nullptr;
    do {
        block = block_at_front();
        // A header begins with a name: only a block that begins with zero may be the end.
        if (block == nullptr ||
            (block[0] == std::byte{0} && sum_of(ConstBlock{block, block_bytes}) == 0)) {
            if (extensions_.any) {
                fail("cut short behind its pax or GNU header");
            }
            at_end_ = true;
            return false;
        }
        if (!has_right_checksum(ConstBlock{block, block_bytes})) {
            fail("bad header checksum");
        }
    } while (take_extension(block));

    read_own_header(block, header);
    discard(block_bytes);

    // Tars from before there was a type for them tell directories by the name, the whole one.
    const bool may_be_directory = block[type_field.offset] == std::byte{0};
    if (!extensions_.name.empty()) {
        header.name.assign(extensions_.name);
    }
    if (!extensions_.link.empty()) {
        header.link.assign(extensions_.link);
    }
    std::string_view exact_mtime;
    apply_pax(global_pax_, header, exact_mtime);
    apply_pax(extensions_.pax, header, exact_mtime);
    if (!exact_mtime.empty()) {
        header.extra.push_back({"mtime", std::string{exact_mtime}});
    }
    if (may_be_directory && header.name.ends_with('/')) {
        header.type = Type::directory;
    }
    // As the reference reads it; old tars state the size of a hard link's target, for example.
    if (header.type != Type::regular) {
        header.size = 0;
    }

    data_left_ = header.size;
    padding_left_ = padding_of(header.size);
    data_offset_ = offset_;
    return true;
}

}  // namespace duplid::tar
