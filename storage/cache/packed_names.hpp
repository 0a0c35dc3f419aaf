// Keys packed so that many can be searched for a text at the speed of memory.
//
// A key's folder is what stands before its last NUL, and its name what comes after. A block is a
// row of groups, each the keys of one folder that follow each other: the byte 0, the folder's
// length and the folder, then each name's length and the name. Lengths are base-128 numbers, low
// digits first, and one more than the bytes that follow: so 0 begins a group, and says of a folder
// that there is none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace duplid::cache {

/// A key's two parts. They are views of whatever the key is in.
struct KeyParts {
    std::optional<std::string_view> folder;  ///< nothing: the key has no NUL
    std::string_view name;
};

[[nodiscard]] KeyParts parts_of(std::string_view key) noexcept;
/// The key put together in `key`, whose memory is used again.
void join(const KeyParts& parts, std::string& key);

/// Packs keys in the order they come.
class NamePacker {
public:
    void add(std::string_view key);
    [[nodiscard]] std::size_t bytes() const noexcept { return packed_.size(); }
    /// What was packed; the next key begins another block.
    [[nodiscard]] std::string take();

private:
    std::string packed_;
    std::optional<std::string> folder_;
};

/// Gives back the keys of a block, in their order.
class NameReader {
public:
    /// `packed` must live as long as this object.
    explicit NameReader(std::string_view packed) noexcept : left_{packed} {}

    /// False at the end. Throws: Error corrupt, without an object.
    [[nodiscard]] bool next();
    [[nodiscard]] const KeyParts& parts() const noexcept { return parts_; }

private:
    [[nodiscard]] std::size_t take_number();
    [[nodiscard]] std::string_view take_text(std::size_t bytes);

    std::string_view left_;
    KeyParts parts_;
};

}  // namespace duplid::cache
