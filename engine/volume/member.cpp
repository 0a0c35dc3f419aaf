#include "engine/volume/member.hpp"

#include "engine/naming/index.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace duplid::volume {

namespace {

struct Prefix {
    std::string_view text;
    MemberKind kind;
    bool split;
};

constexpr std::array prefixes{
    Prefix{"snapshot/", MemberKind::snapshot, false},
    Prefix{"diff/", MemberKind::diff, false},
    Prefix{"deleted/", MemberKind::deleted, false},
    Prefix{"multivol_snapshot/", MemberKind::snapshot, true},
    Prefix{"multivol_diff/", MemberKind::diff, true},
    Prefix{"signature/", MemberKind::signature, false},
};

std::string_view text_of(MemberKind kind)
{
    switch (kind) {
    case MemberKind::snapshot:
        return "snapshot/";
    case MemberKind::diff:
        return "diff/";
    case MemberKind::deleted:
        return "deleted/";
    case MemberKind::signature:
        return "signature/";
    }
    return {};
}

void append_path(std::string_view key, std::string& name)
{
    const auto begin = name.size();
    name += key;
    std::replace(name.begin() + static_cast<std::ptrdiff_t>(begin), name.end(), '\0', '/');
}

[[noreturn]] void refuse(const tar::Header& header, const char* why)
{
    throw Error{Error::Kind::corrupt,
                "the archive holds an entry " + io::printable(header.name) + " " + why,
                io::printable(header.name)};
}

}  // namespace

Member member_of(const tar::Header& header)
{
    const std::string_view name = header.name;
    const auto* prefix = std::find_if(prefixes.begin(), prefixes.end(), [&](const Prefix& one) {
        return name.starts_with(one.text);
    });
    if (prefix == prefixes.end()) {
        refuse(header, "of an unknown kind");
    }
    Member member;
    member.kind = prefix->kind;
    auto path = name.substr(prefix->text.size());
    if (prefix->split) {
        const auto slash = path.rfind('/');
        const auto digits =
            slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
        std::uint64_t number = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
            refuse(header, "without a block number");
        }
        member.block = number;
        path = path.substr(0, slash);
    }
    try {
        member.key = naming::key_of_path(path);
    } catch (const Error&) {
        refuse(header, "that leads outside the backup");
    }
    return member;
}

void put_member_name(Container container, MemberKind kind, std::string_view key, tar::Type type,
                     std::string& name)
{
    name = text_of(kind);
    append_path(key, name);
    if (type != tar::Type::directory || kind == MemberKind::deleted) {
        return;
    }
    if (!key.empty()) {
        name += '/';
    } else if (container == Container::difftar) {
        name += "./";
    }
}

void put_block_name(MemberKind kind, std::string_view key, std::uint64_t block, std::string& name)
{
    name = kind == MemberKind::diff ? "multivol_diff/" : "multivol_snapshot/";
    if (key.empty()) {
        name += '.';
    } else {
        append_path(key, name);
    }
    name += '/';
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), block).ptr;
    name.append(digits.data(), end);
}

}  // namespace duplid::volume
