#include "engine/codec/session_keys.hpp"

#include "engine/codec/packet_body.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <new>
#include <numeric>
#include <string_view>
#include <sys/mman.h>

namespace duplid::codec {

#ifdef __x86_64__
// In sha1_lanes_<processor>.cpp.
void sha1_rows_avx2(const std::uint32_t* schedules, std::size_t rows, std::size_t row,
                    std::size_t blocks, std::uint32_t* state) noexcept;
void sha1_rows_avx512(const std::uint32_t* schedules, std::size_t rows, std::size_t row,
                      std::size_t blocks, std::uint32_t* state) noexcept;
#endif

namespace {

constexpr unsigned tag_symmetric_session = 3;
constexpr unsigned tag_protected_data = 18;
constexpr std::size_t session_packet_bytes = 13;  // with a salt and a count, and no key of its own
constexpr unsigned version_4 = 4;
constexpr unsigned iterated_and_salted = 3;
constexpr unsigned sha1 = 2;

constexpr std::size_t block_bytes = 64;
constexpr std::size_t block_words = 16;
constexpr std::size_t schedule_words = 80;
constexpr std::size_t state_words = 5;
constexpr std::size_t digest_bytes = 4 * state_words;
/// Of one lane: longer passphrases are left to gpg, for what repeats would no longer be near.
constexpr std::size_t rows_max = 128;

using Digest = void (*)(const std::uint32_t*, std::size_t, std::size_t, std::size_t,
                        std::uint32_t*) noexcept;

struct Kernel {
    std::size_t lanes = 0;
    Digest digest = nullptr;
};

Kernel find_kernel() noexcept
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")) {
        return {16, &sha1_rows_avx512};
    }
    if (__builtin_cpu_supports("avx2")) {
        return {8, &sha1_rows_avx2};
    }
#endif
    return {};
}

const Kernel& kernel() noexcept
{
    static const Kernel found = find_kernel();
    return found;
}

/// Words that a passphrase can be read from: in memory of their own, kept out of swap and core
/// dumps where the kernel allows, and wiped. Aligned to pages.
class SecretWords {
public:
    explicit SecretWords(std::size_t words) : bytes_{words * sizeof(std::uint32_t)}
    {
        void* memory =
            ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            throw std::bad_alloc{};
        }
        ::mlock(memory, bytes_);
        ::madvise(memory, bytes_, MADV_DONTDUMP);
        words_ = static_cast<std::uint32_t*>(memory);
    }
    SecretWords(const SecretWords&) = delete;
    SecretWords& operator=(const SecretWords&) = delete;
    ~SecretWords()
    {
        io::wipe(words_, bytes_);
        ::munmap(words_, bytes_);
    }
    [[nodiscard]] std::uint32_t* get() const noexcept { return words_; }

private:
    std::size_t bytes_;
    std::uint32_t* words_ = nullptr;
};

/// One hash: a key of more bytes than a digest has is made of several, of which the second has a
/// zero byte put before what it hashes.
struct Lane {
    std::size_t message = 0;
    std::size_t zeros = 0;
};

/// Derives the keys of as many messages as fit into the lanes; all of them hash the same count.
class Batch {
public:
    Batch(std::span<const KeyDerivation> messages, std::string_view passphrase)
        : messages_{messages}, passphrase_{passphrase}, lanes_{kernel().lanes},
          period_{messages.front().salt.size() + passphrase.size()}, rows_{period_ /
                                                                           std::gcd(period_,
                                                                                    block_bytes)},
          schedules_{(rows_ + 2) * schedule_words * lanes_}, state_{state_words * lanes_}
    {
        for (std::size_t message = 0; message < messages.size(); ++message) {
            used_.push_back({message, 0});
            if (messages[message].key_bytes > digest_bytes) {
                used_.push_back({message, 1});
            }
        }
    }

    std::vector<io::Secret> keys()
    {
        constexpr std::uint32_t initial[state_words] = {0x67452301U, 0xefcdab89U, 0x98badcfeU,
                                                        0x10325476U, 0xc3d2e1f0U};
        for (std::size_t i = 0; i < state_words * lanes_; ++i) {
            state_.get()[i] = initial[i / lanes_];
        }
        const auto count = messages_.front().count;
        const auto blocks = count / block_bytes;
        // The first block may begin with a zero, and the last one is padding: rows of their own.
        for (std::size_t lane = 0; lane < used_.size(); ++lane) {
            for (std::size_t row = 0; row < rows_; ++row) {
                put_row(row, lane, row * block_bytes);
            }
            put_row(rows_, lane, 0);
            put_padding(rows_ + 1, lane, count);
        }
        digest(rows_, 1, 0, 1);
        digest(0, rows_, 1 % rows_, blocks - 1);
        digest(rows_ + 1, 1, 0, 1);
        return texts();
    }

private:
    void digest(std::size_t first_row, std::size_t rows, std::size_t row, std::uint64_t blocks)
    {
        kernel().digest(schedules_.get() + first_row * schedule_words * lanes_, rows, row,
                        static_cast<std::size_t>(blocks), state_.get());
    }

    /// The byte at `offset` of what a lane repeats.
    [[nodiscard]] std::uint32_t byte_at(const Lane& lane, std::size_t offset) const
    {
        const auto& salt = messages_[lane.message].salt;
        offset %= period_;
        return offset < salt.size() ? std::to_integer<std::uint32_t>(salt[offset])
                                    : static_cast<unsigned char>(passphrase_[offset - salt.size()]);
    }

    /// The block that begins at `offset` of what the lane hashes, its zeros counted. Rows of the
    /// repetition begin one period in: before that offset 0 has the zeros themselves.
    void put_row(std::size_t row, std::size_t number, std::size_t offset)
    {
        const auto& lane = used_[number];
        const bool is_first = row == rows_;
        std::uint32_t words[schedule_words] = {};
        for (std::size_t i = 0; i < block_bytes; ++i) {
            const bool is_zero = is_first && i < lane.zeros;
            const auto byte =
                is_zero ? 0 : byte_at(lane, offset + i + (is_first ? 0 : period_) - lane.zeros);
            words[i / 4] = words[i / 4] << 8U | byte;
        }
        put_schedule(row, number, words);
    }

    void put_padding(std::size_t row, std::size_t number, std::uint64_t count)
    {
        const auto& lane = used_[number];
        std::uint32_t bytes[block_bytes] = {};
        // `count` is whole blocks; the zeros in front have pushed as many bytes out of them.
        for (std::size_t i = 0; i < lane.zeros; ++i) {
            bytes[i] = byte_at(lane, static_cast<std::size_t>((count - lane.zeros + i) % period_));
        }
        bytes[lane.zeros] = 0x80;
        const auto bits = 8 * (count + lane.zeros);
        for (std::size_t i = 0; i < 8; ++i) {
            bytes[block_bytes - 1 - i] = static_cast<std::uint32_t>(bits >> (8 * i) & 0xffU);
        }
        std::uint32_t words[schedule_words] = {};
        for (std::size_t i = 0; i < block_bytes; ++i) {
            words[i / 4] = words[i / 4] << 8U | bytes[i];
        }
        put_schedule(row, number, words);
    }

    void put_schedule(std::size_t row, std::size_t number, std::uint32_t (&words)[schedule_words])
    {
        constexpr std::uint32_t constants[4] = {0x5a827999U, 0x6ed9eba1U, 0x8f1bbcdcU, 0xca62c1d6U};
        for (std::size_t i = block_words; i < schedule_words; ++i) {
            words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
        }
        auto* to = schedules_.get() + row * schedule_words * lanes_ + number;
        for (std::size_t i = 0; i < schedule_words; ++i, to += lanes_) {
            *to = words[i] + constants[i / 20];
        }
        io::wipe(words, sizeof words);
    }

    [[nodiscard]] std::vector<io::Secret> texts() const
    {
        std::vector<io::Secret> texts;
        std::string text;
        for (std::size_t number = 0; number < used_.size(); ++number) {
            const auto& message = messages_[used_[number].message];
            if (used_[number].zeros == 0) {
                text = fmt::format("{}:", message.cipher);
                text.reserve(2 * message.key_bytes + 8);
            }
            const auto whole = fmt::formatted_size("{}:", message.cipher) + 2 * message.key_bytes;
            for (std::size_t i = 0; i < digest_bytes && text.size() < whole; ++i) {
                const auto word = state_.get()[i / 4 * lanes_ + number];
                fmt::format_to(std::back_inserter(text), "{:02X}",
                               word >> (24 - 8 * (i % 4)) & 0xffU);
            }
            if (text.size() == whole) {
                texts.emplace_back(text);
                io::wipe(text.data(), text.size());
            }
        }
        return texts;
    }

    std::span<const KeyDerivation> messages_;
    std::string_view passphrase_;
    std::size_t lanes_;
    std::size_t period_;  ///< of what is hashed, in bytes
    std::size_t rows_;    ///< the same in blocks: then the next block is the first again
    SecretWords schedules_;
    SecretWords state_;
    std::vector<Lane> used_;
};

}  // namespace

std::size_t derived_together() noexcept
{
    return kernel().lanes / 2;
}

std::optional<KeyDerivation> derivation_of(io::Source& message)
{
    try {
        const auto packet = PacketBody::open(message);
        if (!packet || packet->tag() != tag_symmetric_session) {
            return std::nullopt;
        }
        const auto body = io::read_all(*packet, session_packet_bytes);
        const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(body[i]); };
        if (body.size() != session_packet_bytes || at(0) != version_4 ||
            at(2) != iterated_and_salted || at(3) != sha1) {
            return std::nullopt;
        }
        KeyDerivation derivation;
        derivation.cipher = at(1);
        switch (derivation.cipher) {
        case 7:
            derivation.key_bytes = 16;
            break;
        case 8:
            derivation.key_bytes = 24;
            break;
        case 9:
            derivation.key_bytes = 32;
            break;
        default:
            return std::nullopt;
        }
        std::copy_n(body.begin() + 4, derivation.salt.size(), derivation.salt.begin());
        derivation.count = std::uint64_t{16 + (at(12) & 15U)} << ((at(12) >> 4U) + 6);
        const auto data = PacketBody::open(message);
        if (!data || data->tag() != tag_protected_data) {
            return std::nullopt;  // another passphrase or a key may open it as well
        }
        return derivation;
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt && error.kind() != Error::Kind::invalid) {
            throw;
        }
        return std::nullopt;
    }
}

std::vector<io::Secret> session_keys(std::span<const KeyDerivation> derivations,
                                     const io::Secret& passphrase)
{
    auto text = passphrase.reveal();
    text = text.substr(0, text.find('\n'));
    std::vector<io::Secret> keys;
    const auto together = derived_together();
    const auto period = derivations.empty() ? 0 : derivations.front().salt.size() + text.size();
    const bool is_possible =
        together > 0 && period / std::gcd(period, block_bytes) <= rows_max &&
        std::all_of(derivations.begin(), derivations.end(), [&](const auto& one) {
            return one.count == derivations.front().count && one.count >= 2 * block_bytes &&
                   one.count >= period && one.count % block_bytes == 0;
        });
    if (!is_possible) {
        return keys;
    }
    while (!derivations.empty()) {
        const auto now = derivations.first(std::min(together, derivations.size()));
        for (auto& key : Batch{now, text}.keys()) {
            keys.push_back(std::move(key));
        }
        derivations = derivations.subspan(now.size());
    }
    return keys;
}

}  // namespace duplid::codec
