// Leaves a file alone whose content is already what is to be written.
#pragma once

#include "storage/io/fd.hpp"
#include "storage/io/sink.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace duplid::operation {

/// Compares what is written with an old file, byte for byte: no size, time or hash is trusted. At
/// the first difference a new file is begun with what was the same, and the rest goes there.
class OldContent final : public io::Sink {
public:
    /// `begin_new` gives the new file's sink; it is called at most once, and this object never
    /// finishes that sink. `name` is for errors and outlives this object.
    OldContent(io::Fd old, const std::string& name, std::function<io::Sink&()> begin_new)
        : old_{std::move(old)}, name_{name}, begin_new_{std::move(begin_new)}
    {
    }

    void write(io::ByteView bytes) override;
    /// Compares the lengths.
    void finish() override;

    /// After finish(): nothing differed, and no new file was begun.
    [[nodiscard]] bool is_same() const noexcept { return new_ == nullptr; }
    [[nodiscard]] int fd() const noexcept { return old_.get(); }

private:
    void begin_new();

    io::Fd old_;
    const std::string& name_;
    std::function<io::Sink&()> begin_new_;
    io::Sink* new_ = nullptr;
    std::uint64_t same_bytes_ = 0;
    io::Bytes buffer_;
};

}  // namespace duplid::operation
