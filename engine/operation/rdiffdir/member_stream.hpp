// The entries of one difftar or sigtar that comes from anywhere: a file, a pipe, gzipped or not.
//
// Reading rules: archive-format.md 4.2, 4.3 (blocks of one file are joined), 4.5, 5.1.
#pragma once

#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "storage/io/source.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace duplid::operation {

/// Gives the entries in the order of the file. What the file holds is hostile: the outcome is
/// entries or an Error. One thread.
class MemberStream {
public:
    /// Whether the bytes are gzipped is told by the first two. `name` is for messages.
    MemberStream(std::unique_ptr<io::Source> raw, std::string name);
    MemberStream(const MemberStream&) = delete;
    MemberStream& operator=(const MemberStream&) = delete;
    ~MemberStream();

    /// Goes to the next entry, over what is unread of the present one. At the end, where it is
    /// false, everything behind the tar was read too, so that a gzip member's checks were made.
    /// Throws: Error corrupt, naming the file.
    [[nodiscard]] bool next();

    /// Whether the file itself turned out to be damaged: only destruction is left then.
    [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& key() const noexcept { return member_.key; }
    [[nodiscard]] volume::MemberKind kind() const noexcept { return member_.kind; }
    /// Of the entry, or of its first block. `size` is that block's alone.
    [[nodiscard]] const tar::Header& header() const noexcept { return header_; }
    /// The entry's data, all blocks joined. Valid until next().
    [[nodiscard]] io::Source& data() noexcept { return data_; }

private:
    class Input;
    class Data final : public io::Source {
    public:
        explicit Data(MemberStream& stream) : stream_{stream} {}
        std::size_t read(io::ByteSpan into) override { return stream_.read_data(into); }

    private:
        MemberStream& stream_;
    };

    template <class Step>
    auto naming_file(Step step) -> decltype(step());
    [[nodiscard]] bool next_entry();
    void peek();
    std::size_t read_data(io::ByteSpan into);
    std::size_t take_data(io::ByteSpan into);
    [[nodiscard]] bool next_block();

    std::string name_;
    std::unique_ptr<Input> input_;
    std::unique_ptr<tar::Reader> reader_;  ///< from the first next() on
    tar::Header header_;
    volume::Member member_;
    tar::Header peeked_header_;
    volume::Member peeked_;
    bool has_peeked_ = false;
    bool tar_ended_ = false;
    bool entry_ended_ = true;
    bool is_broken_ = false;
    Data data_{*this};
};

}  // namespace duplid::operation
