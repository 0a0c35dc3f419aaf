#include "engine/operation/rdiffdir/member_stream.hpp"

#include "engine/codec/inflate.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::array gzip_magic{std::byte{0x1f}, std::byte{0x8b}};
constexpr std::size_t drain_bytes = std::size_t{64} << 10U;

/// Bytes that were read already, and then the rest.
class Rewound final : public io::Source {
public:
    Rewound(io::ByteView front, io::Source& rest) : front_{front}, rest_{rest} {}
    std::size_t read(io::ByteSpan into) override
    {
        const auto from_front = front_.read(into);
        return from_front > 0 ? from_front : rest_.read(into);
    }

private:
    io::ViewSource front_;
    io::Source& rest_;
};

}  // namespace

/// The tar's bytes, unpacked if need be.
class MemberStream::Input final : public io::Source {
public:
    explicit Input(std::unique_ptr<io::Source> raw) : raw_{std::move(raw)} {}

    std::size_t read(io::ByteSpan into) override
    {
        if (!rewound_) {
            begin();
        }
        return gunzip_ ? gunzip_->read(into) : rewound_->read(into);
    }

private:
    void begin()
    {
        const auto got = io::read_full(*raw_, front_);
        if (got == 0) {
            throw Error{Error::Kind::corrupt, "the file is empty"};
        }
        rewound_.emplace(io::ByteView{front_}.first(got), *raw_);
        if (got == front_.size() && front_ == gzip_magic) {
            gunzip_.emplace(*rewound_);
        }
    }

    std::unique_ptr<io::Source> raw_;
    std::array<std::byte, gzip_magic.size()> front_{};
    std::optional<Rewound> rewound_;
    std::optional<codec::GunzipSource> gunzip_;
};

MemberStream::MemberStream(std::unique_ptr<io::Source> raw, std::string name)
    : name_{std::move(name)}, input_{std::make_unique<Input>(std::move(raw))}
{
}

MemberStream::~MemberStream() = default;

template <class Step>
auto MemberStream::naming_file(Step step) -> decltype(step())
{
    try {
        return step();
    } catch (const Error& error) {
        is_broken_ = true;
        if (error.kind() != Error::Kind::corrupt) {
            throw;
        }
        throw Error{error.kind(), fmt::format("{}: {}", io::printable(name_), error.what()), name_,
                    error.hint()};
    }
}

void MemberStream::peek()
{
    if (has_peeked_ || tar_ended_) {
        return;
    }
    if (!reader_) {
        reader_ = std::make_unique<tar::Reader>(*input_);
    }
    has_peeked_ = reader_->next(peeked_header_);
    tar_ended_ = !has_peeked_;
    if (has_peeked_) {
        peeked_ = volume::member_of(peeked_header_);
        return;
    }
    io::Bytes rest(drain_bytes);
    while (input_->read(rest) > 0) {
    }
}

bool MemberStream::next()
{
    return naming_file([this] { return next_entry(); });
}

bool MemberStream::next_entry()
{
    io::Bytes unread(drain_bytes);
    while (take_data(unread) > 0) {
    }
    peek();
    if (!has_peeked_) {
        return false;
    }
    if (peeked_.block && *peeked_.block != 1) {
        throw Error{Error::Kind::corrupt, fmt::format("{} comes without the blocks before it",
                                                      io::printable(peeked_header_.name))};
    }
    std::swap(header_, peeked_header_);
    std::swap(member_, peeked_);
    has_peeked_ = false;
    entry_ended_ = false;
    return true;
}

/// Goes to the next block of the entry that is read; false when it was the last.
bool MemberStream::next_block()
{
    if (!member_.block) {
        return false;
    }
    peek();
    if (!has_peeked_ || peeked_.key != member_.key || peeked_.kind != member_.kind ||
        peeked_.block != *member_.block + 1) {
        return false;
    }
    member_.block = peeked_.block;
    has_peeked_ = false;
    return true;
}

std::size_t MemberStream::read_data(io::ByteSpan into)
{
    return naming_file([&] { return take_data(into); });
}

std::size_t MemberStream::take_data(io::ByteSpan into)
{
    while (!entry_ended_) {
        const auto got = reader_->read(into);
        if (got > 0) {
            return got;
        }
        entry_ended_ = !next_block();
    }
    return 0;
}

}  // namespace duplid::operation
