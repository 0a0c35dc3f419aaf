#include "storage/cache/packed_names.hpp"

#include "storage/io/error.hpp"

#include <utility>

namespace duplid::cache {

namespace {

constexpr unsigned digit_bits = 7;
constexpr unsigned more = 1U << digit_bits;

void append_number(std::size_t number, std::string& packed)
{
    while (number >= more) {
        packed += static_cast<char>(number % more | more);
        number /= more;
    }
    packed += static_cast<char>(number);
}

[[noreturn]] void fail()
{
    throw Error{Error::Kind::corrupt, "the packed names are damaged"};
}

}  // namespace

KeyParts parts_of(std::string_view key) noexcept
{
    const auto joint = key.rfind('\0');
    if (joint == std::string_view::npos) {
        return {std::nullopt, key};
    }
    return {key.substr(0, joint), key.substr(joint + 1)};
}

void join(const KeyParts& parts, std::string& key)
{
    key.clear();
    if (parts.folder) {
        key += *parts.folder;
        key += '\0';
    }
    key += parts.name;
}

void NamePacker::add(std::string_view key)
{
    const auto parts = parts_of(key);
    const bool same_folder = parts.folder ? folder_ == parts.folder : !folder_;
    if (!same_folder || packed_.empty()) {
        packed_ += '\0';
        // One more than its bytes, here too: 0 says that there is none.
        append_number(parts.folder ? parts.folder->size() + 1 : 0, packed_);
        folder_.reset();
        if (parts.folder) {
            packed_ += folder_.emplace(*parts.folder);
        }
    }
    append_number(parts.name.size() + 1, packed_);
    packed_ += parts.name;
}

std::string NamePacker::take()
{
    folder_.reset();
    return std::exchange(packed_, {});
}

std::size_t NameReader::take_number()
{
    std::size_t number = 0;
    for (unsigned shift = 0; shift < 4 * digit_bits; shift += digit_bits) {
        if (left_.empty()) {
            break;
        }
        const auto digit = static_cast<unsigned char>(left_.front());
        left_.remove_prefix(1);
        number |= static_cast<std::size_t>(digit % more) << shift;
        if (digit < more) {
            return number;
        }
    }
    fail();
}

std::string_view NameReader::take_text(std::size_t bytes)
{
    if (bytes > left_.size()) {
        fail();
    }
    const auto text = left_.substr(0, bytes);
    left_.remove_prefix(bytes);
    return text;
}

bool NameReader::next()
{
    if (left_.empty()) {
        return false;
    }
    auto length = take_number();
    if (length == 0) {
        const auto folder = take_number();
        parts_.folder.reset();
        if (folder > 0) {
            parts_.folder = take_text(folder - 1);
        }
        length = take_number();
        if (length == 0) {
            fail();
        }
    }
    parts_.name = take_text(length - 1);
    return true;
}

}  // namespace duplid::cache
