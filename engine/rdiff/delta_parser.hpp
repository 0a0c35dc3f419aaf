// Takes a delta apart into what it does (archive-format.md 6).
#pragma once

#include "storage/io/sink.hpp"

#include <cstdint>
#include <string>

namespace duplid::rdiff {

/// Hears of a delta's commands in their order; together they make the new content.
class DeltaListener {
public:
    DeltaListener() = default;
    DeltaListener(const DeltaListener&) = delete;
    DeltaListener& operator=(const DeltaListener&) = delete;
    virtual ~DeltaListener() = default;

    /// The next bytes of the content; what one command brings may come in several pieces.
    virtual void literal(io::ByteView bytes) = 0;
    /// The next bytes of the content are those that the basis has from `offset` on. Never none;
    /// whether there are so many is for the listener to find out.
    virtual void copy(std::uint64_t offset, std::uint64_t bytes) = 0;
};

/// A delta is written to it, in any pieces. Memory does not depend on what it says.
class DeltaParser final : public io::Sink {
public:
    /// `listener` must outlive this object.
    explicit DeltaParser(DeltaListener& listener) : listener_{listener} {}

    /// Throws: Error corrupt when this is no delta, or more than one; what the listener throws.
    void write(io::ByteView bytes) override;
    /// Throws: Error corrupt when the delta was cut short.
    void finish() override;

private:
    enum class Part { magic, command, literal_length, literal, copy_offset, copy_length, nothing };

    [[noreturn]] void fail(const std::string& what) const;
    void await(Part part, std::uint64_t bytes) noexcept;
    void take_number();
    void take_command(unsigned command);

    DeltaListener& listener_;
    Part part_ = Part::magic;
    std::uint64_t bytes_left_ = 4;  ///< of the part
    std::uint64_t number_ = 0;      ///< as far as it has come; all parts but literals are numbers
    std::uint64_t copy_offset_ = 0;
    std::uint64_t copy_length_bytes_ = 0;
    std::uint64_t taken_ = 0;
};

}  // namespace duplid::rdiff
