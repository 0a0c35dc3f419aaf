// Any bytes as a delta or signature of rdiffdir: entries or an Error, nothing else. And of a tar
// whose blocks come in any order, what is joined is what a second, plain reckoning joins.
#include "engine/operation/rdiffdir/member_stream.hpp"
#include "engine/tar/header.hpp"
#include "storage/io/error.hpp"
#include "storage/io/source.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <vector>

using namespace duplid;

namespace {

using volume::MemberKind;

constexpr std::size_t pieces_max = 64;
constexpr std::size_t entry_bytes_max = std::size_t{1} << 20U;

/// One member of the tar that is made.
struct Piece {
    MemberKind kind;
    std::string key;
    std::optional<std::uint64_t> block;
    io::Bytes data;
    bool is_skipped;  ///< its entry's data is left unread, if it begins one
};

struct Entry {
    MemberKind kind;
    std::string key;
    io::Bytes data;
    bool is_skipped;
};

std::vector<Piece> pieces_of(std::span<const std::uint8_t> input)
{
    constexpr std::size_t letters = 3;
    constexpr unsigned blocks = 5;
    std::vector<Piece> pieces;
    for (; input.size() >= 3; input = input.subspan(3)) {
        Piece piece{input[0] % 2 == 0 ? MemberKind::snapshot : MemberKind::diff,
                    std::string(1, static_cast<char>('a' + input[0] / 2 % letters)), std::nullopt,
                    io::Bytes(std::size_t{input[2]} * 7), input[1] >= 0x80};
        if (const auto block = input[1] % blocks; block > 0) {
            piece.block = block;
        }
        std::ranges::generate(piece.data,
                              [byte = input[2]]() mutable { return std::byte{byte++}; });
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

io::Bytes tar_of(const std::vector<Piece>& pieces)
{
    io::Bytes tar;
    for (const auto& piece : pieces) {
        tar::Header header;
        if (piece.block) {
            volume::put_block_name(piece.kind, piece.key, *piece.block, header.name);
        } else {
            volume::put_member_name(volume::Container::difftar, piece.kind, piece.key,
                                    tar::Type::regular, header.name);
        }
        header.size = piece.data.size();
        tar::append_header(header, tar);
        tar.insert(tar.end(), piece.data.begin(), piece.data.end());
        tar.resize((tar.size() + tar::block_bytes - 1) / tar::block_bytes * tar::block_bytes);
    }
    tar.resize(tar.size() + 2 * tar::block_bytes);
    return tar;
}

/// The entries up to the first block that has none before it, and whether there is one.
std::pair<std::vector<Entry>, bool> joined(const std::vector<Piece>& pieces)
{
    std::vector<Entry> entries;
    std::optional<std::uint64_t> wanted;  // the block that would go on with the last entry
    for (const auto& piece : pieces) {
        const bool goes_on = piece.block && wanted == piece.block &&
                             entries.back().kind == piece.kind && entries.back().key == piece.key;
        if (goes_on) {
            auto& data = entries.back().data;
            data.insert(data.end(), piece.data.begin(), piece.data.end());
        } else if (piece.block.value_or(1) == 1) {
            entries.push_back({piece.kind, piece.key, piece.data, piece.is_skipped});
        } else {
            return {entries, true};
        }
        wanted = piece.block ? std::optional{*piece.block + 1} : std::nullopt;
    }
    return {entries, false};
}

void check_joining(std::span<const std::uint8_t> input)
{
    const auto pieces = pieces_of(input);
    const auto tar = tar_of(pieces);
    const auto [expected, is_broken] = joined(pieces);
    operation::MemberStream stream{std::make_unique<io::ViewSource>(tar), "made"};
    std::size_t entries = 0;
    try {
        for (; stream.next(); ++entries) {
            if (entries == expected.size()) {
                std::abort();
            }
            const auto& entry = expected[entries];
            if (stream.kind() != entry.kind || stream.key() != entry.key) {
                std::abort();
            }
            if (!entry.is_skipped && io::read_all(stream.data(), entry_bytes_max) != entry.data) {
                std::abort();
            }
        }
    } catch (const Error& error) {
        if (!is_broken || !stream.is_broken() || error.kind() != Error::Kind::corrupt) {
            std::abort();
        }
        return;
    }
    if (is_broken || entries != expected.size()) {
        std::abort();
    }
}

void check_hostile(io::ByteView input)
{
    operation::MemberStream stream{std::make_unique<io::ViewSource>(input), "any"};
    std::array<std::byte, 700> piece{};
    try {
        while (stream.next()) {
            while (stream.data().read(piece) > 0) {
            }
        }
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::span input{data, size};
    check_hostile(std::as_bytes(input));
    check_joining(input.first(std::min<std::size_t>(size, 3 * pieces_max)));
    return 0;
}
