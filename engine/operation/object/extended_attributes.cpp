#include "engine/operation/object/extended_attributes.hpp"

#include "engine/tar/pax.hpp"
#include "storage/io/base64.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <sys/xattr.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::string_view text_prefix = "SCHILY.xattr.";
constexpr std::string_view binary_prefix = "LIBARCHIVE.xattr.";
constexpr std::string_view hex_digits = "0123456789ABCDEF";
constexpr std::size_t base64_group = 4;
/// Enough for nearly every list; the kernel's own limit is the next step.
constexpr std::size_t short_list_bytes = 1024;
constexpr std::size_t short_value_bytes = 256;
constexpr std::size_t list_bytes_max = std::size_t{64} << 10U;   // XATTR_LIST_MAX
constexpr std::size_t value_bytes_max = std::size_t{64} << 10U;  // XATTR_SIZE_MAX
constexpr std::size_t name_bytes_max = 255;                      // XATTR_NAME_MAX

/// The calls on descriptors refuse O_PATH ones; those on paths follow this link to what the
/// descriptor stands for, and no further, even when that is a symbolic link itself.
class ProcPath {
public:
    explicit ProcPath(int fd) noexcept
    {
        *fmt::format_to_n(text_.data(), text_.size() - 1, "/proc/self/fd/{}", fd).out = '\0';
    }
    [[nodiscard]] const char* text() const noexcept { return text_.data(); }

private:
    std::array<char, 32> text_{};
};

template <class OnDescriptor, class OnPath>
auto either(int fd, OnDescriptor on_descriptor, OnPath on_path)
{
    const auto result = on_descriptor(fd);
    return result < 0 && errno == EBADF ? on_path(ProcPath{fd}.text()) : result;
}

ssize_t list_names(int fd, char* into, std::size_t bytes)
{
    return either(
        fd, [&](int one) { return ::flistxattr(one, into, bytes); },
        [&](const char* path) { return ::listxattr(path, into, bytes); });
}

/// All names, each ended by a NUL.
std::string names_of(int fd, const std::string& what)
{
    std::array<char, short_list_bytes> few{};
    auto got = list_names(fd, few.data(), few.size());
    if (got >= 0) {
        return {few.data(), static_cast<std::size_t>(got)};
    }
    std::string many;
    if (errno == ERANGE) {
        many.resize(list_bytes_max);
        got = list_names(fd, many.data(), many.size());
    }
    if (got < 0 && errno != ENOTSUP && errno != ENOSYS) {
        throw system_error(errno, "listing the extended attributes of", what);
    }
    many.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return many;
}

ssize_t get_value(int fd, const std::string& name, std::string& into)
{
    return either(
        fd, [&](int one) { return ::fgetxattr(one, name.c_str(), into.data(), into.size()); },
        [&](const char* path) { return ::getxattr(path, name.c_str(), into.data(), into.size()); });
}

/// Nothing when it is gone by now.
std::optional<std::string> value_of(int fd, const std::string& name, const std::string& what)
{
    std::string value(short_value_bytes, '\0');
    auto got = get_value(fd, name, value);
    if (got < 0 && errno == ERANGE) {
        value.resize(value_bytes_max);
        got = get_value(fd, name, value);
    }
    if (got < 0) {
        if (errno == ENODATA || errno == ENOTSUP) {
            return std::nullopt;
        }
        throw system_error(errno, fmt::format("reading {} of", io::printable(name)), what);
    }
    value.resize(static_cast<std::size_t>(got));
    value.shrink_to_fit();
    return value;
}

bool is_plain(char c) noexcept
{
    return c > ' ' && c < '\x7f' && c != '=' && c != '%';
}

std::string keyword_of(std::string_view prefix, std::string_view name)
{
    std::string keyword{prefix};
    for (const char c : name) {
        if (is_plain(c)) {
            keyword += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            keyword += '%';
            keyword += hex_digits[byte >> 4U];
            keyword += hex_digits[byte & 15U];
        }
    }
    return keyword;
}

/// Nothing when it is no name that an attribute can have.
std::optional<std::string> name_in(std::string_view text)
{
    std::string name;
    for (std::size_t at = 0; at < text.size(); ++at) {
        char c = text[at];
        if (c == '%') {
            const auto digits = text.substr(at + 1, 2);
            const auto high = digits.size() == 2 ? hex_digits.find(digits[0]) : std::string::npos;
            const auto low = digits.size() == 2 ? hex_digits.find(digits[1]) : std::string::npos;
            if (high == std::string::npos || low == std::string::npos) {
                return std::nullopt;
            }
            c = static_cast<char>(high << 4U | low);
            at += 2;
        }
        name += c;
    }
    if (name.size() > name_bytes_max || name.find('\0') != std::string::npos) {
        return std::nullopt;
    }
    return name;
}

std::optional<Attribute> attribute_in(const tar::PaxRecord& record)
{
    std::string_view keyword = record.keyword;
    const bool is_binary = keyword.starts_with(binary_prefix);
    if (!is_binary && !keyword.starts_with(text_prefix)) {
        return std::nullopt;
    }
    keyword.remove_prefix(is_binary ? binary_prefix.size() : text_prefix.size());
    auto name = name_in(keyword);
    if (!name || !kind_of_attribute(*name)) {
        return std::nullopt;
    }
    if (!is_binary) {
        return Attribute{std::move(*name), record.value};
    }
    // libarchive itself leaves the padding out.
    auto padded = record.value;
    padded.append((base64_group - padded.size() % base64_group) % base64_group, '=');
    const auto value = io::unbase64(padded);
    if (!value) {
        return std::nullopt;
    }
    return Attribute{std::move(*name), std::string{io::text_of(*value)}};
}

tar::PaxRecord record_of(const Attribute& attribute)
{
    const bool is_text =
        attribute.value.find('\0') == std::string::npos && io::is_utf8(attribute.value);
    return is_text ? tar::PaxRecord{keyword_of(text_prefix, attribute.name), attribute.value}
                   : tar::PaxRecord{keyword_of(binary_prefix, attribute.name),
                                    io::base64(io::view_of(attribute.value))};
}

}  // namespace

std::optional<AttributeKind> kind_of_attribute(std::string_view name) noexcept
{
    constexpr std::string_view user = "user.";
    constexpr std::string_view trusted = "trusted.";
    if (name.starts_with(user) && name.size() > user.size()) {
        return AttributeKind::user;
    }
    if (name.starts_with(trusted) && name.size() > trusted.size()) {
        return AttributeKind::trusted;
    }
    if (name == "system.posix_acl_access" || name == "system.posix_acl_default") {
        return AttributeKind::acl;
    }
    if (name == "security.capability") {
        return AttributeKind::capability;
    }
    return std::nullopt;
}

Attributes read_attributes(int fd, const std::string& what)
{
    Attributes attributes;
    const auto names = names_of(fd, what);
    std::size_t bytes = 0;
    for (std::size_t at = 0; at < names.size();) {
        std::string name{names.c_str() + at};
        at += name.size() + 1;
        if (!kind_of_attribute(name)) {
            continue;
        }
        if (auto value = value_of(fd, name, what)) {
            attributes.push_back({std::move(name), std::move(*value)});
            const auto record = record_of(attributes.back());
            bytes += tar::record_bytes({record.keyword, record.value});
        }
        if (bytes > attribute_record_bytes_max) {
            throw Error{Error::Kind::invalid,
                        fmt::format("the extended attributes of {} are more than {} KiB and are "
                                    "left out",
                                    what, attribute_record_bytes_max >> 10U),
                        what};
        }
    }
    std::ranges::sort(attributes, {}, &Attribute::name);
    return attributes;
}

int set_attribute(int fd, const Attribute& attribute) noexcept
{
    const auto* name = attribute.name.c_str();
    const auto* value = attribute.value.data();
    const auto result = either(
        fd, [&](int one) { return ::fsetxattr(one, name, value, attribute.value.size(), 0); },
        [&](const char* path) { return ::setxattr(path, name, value, attribute.value.size(), 0); });
    return result == 0 ? 0 : errno;
}

void add_attribute_records(const Attributes& attributes, tar::Header& header)
{
    for (const auto& attribute : attributes) {
        header.extra.push_back(record_of(attribute));
    }
}

Attributes attributes_of(const tar::Header& header)
{
    Attributes attributes;
    for (auto record = header.extra.rbegin(); record != header.extra.rend(); ++record) {
        if (auto attribute = attribute_in(*record)) {
            attributes.push_back(std::move(*attribute));
        }
    }
    // Of several records of one name the last counts; being stable, this has it in front.
    std::ranges::stable_sort(attributes, {}, &Attribute::name);
    // Not std::ranges::unique, which Clang 14 cannot compile with the library of GCC 12.
    const auto repeated =
        std::unique(attributes.begin(), attributes.end(),
                    [](const Attribute& a, const Attribute& b) { return a.name == b.name; });
    attributes.erase(repeated, attributes.end());
    return attributes;
}

std::string attributes_digest(const Attributes& attributes)
{
    if (attributes.empty()) {
        return {};
    }
    io::Digest digest{io::Digest::Algorithm::sha256};
    for (const auto& attribute : attributes) {
        // The lengths keep two attributes from looking like another two.
        digest.add(
            io::view_of(fmt::format("{} {} ", attribute.name.size(), attribute.value.size())));
        digest.add(io::view_of(attribute.name));
        digest.add(io::view_of(attribute.value));
    }
    return digest.hex();
}

}  // namespace duplid::operation
