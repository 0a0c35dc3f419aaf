#include "engine/tar/header.hpp"

#include "engine/tar/number.hpp"
#include "engine/tar/pax.hpp"
#include "engine/tar/ustar.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstring>
#include <string_view>

namespace duplid::tar {

namespace {

// Seven and eleven octal digits and a NUL: what the short and the long numeric fields hold.
constexpr std::size_t short_digits = 7;
constexpr std::size_t long_digits = 11;
constexpr std::uint64_t short_max = (std::uint64_t{1} << (3 * short_digits)) - 1;
constexpr std::uint64_t long_max = (std::uint64_t{1} << (3 * long_digits)) - 1;
constexpr std::size_t checksum_digits = 6;

constexpr std::string_view magic_and_version{"ustar\00000", 8};
constexpr std::string_view pax_header_name = "././@PaxHeader";
constexpr char pax_header_flag = 'x';

char flag_of(Type type) noexcept
{
    constexpr std::string_view flags = "0123456";
    return flags[static_cast<std::size_t>(type)];
}

bool is_ascii(std::string_view text) noexcept
{
    unsigned char all = 0;
    for (const char c : text) {
        all |= static_cast<unsigned char>(c);
    }
    return all < 0x80;
}

/// Length of the UTF-8 character at the front of `text`, 0 when there is none: no overlong form,
/// no surrogate, nothing above U+10FFFF.
std::size_t utf8_character_bytes(std::string_view text) noexcept
{
    const auto at = [text](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const unsigned lead = at(0);
    if (lead < 0x80) {
        return 1;
    }
    const std::size_t bytes = lead < 0xc2   ? 0
                              : lead < 0xe0 ? 2
                              : lead < 0xf0 ? 3
                              : lead < 0xf5 ? 4
                                            : 0;
    if (bytes == 0 || bytes > text.size()) {
        return 0;
    }
    const unsigned second_min = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned second_max = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (at(1) < second_min || at(1) > second_max) {
        return 0;
    }
    for (std::size_t index = 2; index < bytes; ++index) {
        if ((at(index) & 0xc0U) != 0x80U) {
            return 0;
        }
    }
    return bytes;
}

bool is_utf8(std::string_view text) noexcept
{
    while (!text.empty()) {
        const auto bytes = utf8_character_bytes(text);
        if (bytes == 0) {
            return false;
        }
        text.remove_prefix(bytes);
    }
    return true;
}

bool needs_record(const std::string& text, Field field) noexcept
{
    return text.size() > field.bytes || !is_ascii(text);
}

std::uint64_t stored_mtime(const Header& header) noexcept
{
    return static_cast<std::uint64_t>(std::max<std::int64_t>(header.mtime, 0));
}

/// Calls `visit(PaxRecordView)` for each record the header needs, in the order of
/// archive-format.md 4.1, the private ones last.
template <class Visit>
void visit_records(const Header& header, Visit&& visit)
{
    struct Text {
        std::string_view keyword;
        const std::string& value;
        bool needed;
    };
    const std::array texts{
        Text{"path", header.name, needs_record(header.name, name_field)},
        Text{"linkpath", header.link, needs_record(header.link, link_field)},
        Text{"uname", header.uname, needs_record(header.uname, uname_field)},
        Text{"gname", header.gname, needs_record(header.gname, gname_field)},
    };
    // Values of private records are bytes anyway, as every tar stores extended attributes; they
    // do not ask for this record, at which newer readers balk (archive-format.md 13, rule 2).
    if (std::ranges::any_of(texts,
                            [](const Text& text) { return text.needed && !is_utf8(text.value); })) {
        visit(PaxRecordView{"hdrcharset", "BINARY"});
    }
    for (const auto& text : texts) {
        if (text.needed) {
            visit(PaxRecordView{text.keyword, text.value});
        }
    }

    const auto visit_number = [&visit](std::string_view keyword, std::uint64_t value,
                                       std::uint64_t field_max) {
        if (value > field_max) {
            std::array<char, 20> digits{};
            const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
            visit(PaxRecordView{keyword, {digits.data(), end}});
        }
    };
    visit_number("uid", header.uid, short_max);
    visit_number("gid", header.gid, short_max);
    visit_number("size", header.size, long_max);
    visit_number("mtime", stored_mtime(header), long_max);

    for (const auto& record : header.extra) {
        visit(PaxRecordView{record.keyword, record.value});
    }
}

std::size_t bytes_of_records(const Header& header) noexcept
{
    std::size_t bytes = 0;
    visit_records(header, [&bytes](PaxRecordView record) { bytes += record_bytes(record); });
    return bytes;
}

std::size_t encoded_bytes(std::size_t bytes_of_records) noexcept
{
    return bytes_of_records == 0
               ? block_bytes
               : 2 * block_bytes + bytes_of_records + padding_of(bytes_of_records);
}

/// Fills one zeroed header block.
class Block {
public:
    explicit Block(std::byte* at) noexcept : at_{at} {}

    /// Bytes that are known to be ASCII; those that do not fit are cut off.
    void put(Field field, std::string_view text) noexcept
    {
        std::memcpy(at_ + field.offset, text.data(), std::min(text.size(), field.bytes));
    }

    /// Each character, and each byte that belongs to none, becomes `?` unless it is ASCII: the
    /// true text is in a record.
    void put_lossy(Field field, std::string_view text) noexcept
    {
        for (std::size_t index = 0; index < field.bytes && !text.empty(); ++index) {
            const auto bytes = utf8_character_bytes(text);
            at_[field.offset + index] = static_cast<std::byte>(bytes == 1 ? text[0] : '?');
            text.remove_prefix(std::max<std::size_t>(bytes, 1));
        }
    }

    void put_text(Field field, std::string_view text) noexcept
    {
        if (is_ascii(text)) {
            put(field, text);
        } else {
            put_lossy(field, text);
        }
    }

    /// All digits and, being zeroed before, a NUL. 0 stands for what only a record can hold.
    void put_number(Field field, std::uint64_t value) noexcept
    {
        const auto digits = field.bytes - 1;
        const bool fits = value < std::uint64_t{1} << (3 * digits);
        put_octal(at_ + field.offset, digits, fits ? value : 0);
    }

    void put_flag(char flag) noexcept { at_[type_field.offset] = static_cast<std::byte>(flag); }

    void put_checksum() noexcept
    {
        const auto sum = checksum_of(ConstBlock{at_, block_bytes});
        put_octal(at_ + checksum_field.offset, checksum_digits, sum);
        // Six digits, the NUL that is there already, and this.
        at_[checksum_field.offset + checksum_digits + 1] = std::byte{' '};
    }

private:
    std::byte* at_;
};

void write_pax_header(const Header& header, std::size_t bytes_of_records, std::byte* out) noexcept
{
    Block block{out};
    block.put(name_field, pax_header_name);
    block.put_number(mode_field, 0);
    block.put_number(uid_field, 0);
    block.put_number(gid_field, 0);
    block.put_number(size_field, bytes_of_records);
    block.put_number(mtime_field, 0);
    block.put_flag(pax_header_flag);
    block.put(magic_field, magic_and_version);
    block.put_checksum();

    auto* at = reinterpret_cast<char*>(out + block_bytes);
    visit_records(header, [&at](PaxRecordView record) { at = put_record(record, at); });
}

void write_own_header(const Header& header, std::byte* out) noexcept
{
    Block block{out};
    block.put_text(name_field, header.name);
    block.put_number(mode_field, header.mode & 07777U);
    block.put_number(uid_field, header.uid);
    block.put_number(gid_field, header.gid);
    block.put_number(size_field, header.size);
    block.put_number(mtime_field, stored_mtime(header));
    block.put_flag(flag_of(header.type));
    block.put_text(link_field, header.link);
    block.put(magic_field, magic_and_version);
    block.put_text(uname_field, header.uname);
    block.put_text(gname_field, header.gname);
    if (header.type == Type::character || header.type == Type::block) {
        block.put_number(dev_major_field, header.dev_major);
        block.put_number(dev_minor_field, header.dev_minor);
    }
    block.put_checksum();
}

/// No pax keyword exists for device numbers, so what does not fit the field cannot be stored.
void check_device_number(const Header& header)
{
    if (header.dev_major > short_max || header.dev_minor > short_max) {
        throw Error{Error::Kind::invalid, "device number too large for a tar header", header.name};
    }
}

/// `out` has exactly encoded_bytes(bytes_of_records) bytes.
void write_headers(const Header& header, std::size_t bytes_of_records, io::ByteSpan out) noexcept
{
    std::ranges::fill(out, std::byte{0});
    if (bytes_of_records != 0) {
        write_pax_header(header, bytes_of_records, out.data());
    }
    write_own_header(header, out.last(block_bytes).data());
}

}  // namespace

std::size_t encoded_bytes(const Header& header) noexcept
{
    return encoded_bytes(bytes_of_records(header));
}

std::size_t write_header(const Header& header, io::ByteSpan out)
{
    check_device_number(header);
    const auto records = bytes_of_records(header);
    const auto bytes = encoded_bytes(records);
    assert(out.size() >= bytes);
    write_headers(header, records, out.first(bytes));
    return bytes;
}

void append_header(const Header& header, io::Bytes& out)
{
    check_device_number(header);
    const auto records = bytes_of_records(header);
    const auto before = out.size();
    out.resize(before + encoded_bytes(records));
    write_headers(header, records, io::ByteSpan{out}.subspan(before));
}

}  // namespace duplid::tar
