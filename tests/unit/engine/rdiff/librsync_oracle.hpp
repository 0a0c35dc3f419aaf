// The same three operations by librsync itself, whole buffers at a time: the oracle of these tests.
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/io/file.hpp"
#include "storage/io/spill_buffer.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <librsync.h>
#include <memory>
#include <random>
#include <string>

namespace duplid::test {

struct FreeJob {
    void operator()(rs_job_t* job) const noexcept { rs_job_free(job); }
};
using Job = std::unique_ptr<rs_job_t, FreeJob>;

/// Runs a job over `input`; what it made is added to `output`.
inline rs_result run(rs_job_t* job, io::ByteView input, io::Bytes& output)
{
    rs_buffers_t buffers{};
    buffers.next_in = const_cast<char*>(reinterpret_cast<const char*>(input.data()));
    buffers.avail_in = input.size();
    buffers.eof_in = 1;
    std::array<std::byte, 16384> piece{};
    rs_result result = RS_BLOCKED;
    do {
        buffers.next_out = reinterpret_cast<char*>(piece.data());
        buffers.avail_out = piece.size();
        result = rs_job_iter(job, &buffers);
        io::append(output, io::ByteView{piece}.first(piece.size() - buffers.avail_out));
    } while (result == RS_BLOCKED);
    return result;
}

inline io::Bytes librsync_signature(io::ByteView content, std::size_t block_bytes,
                                    rs_magic_number kind = RS_MD4_SIG_MAGIC,
                                    std::size_t strong_bytes = 8)
{
    io::Bytes signature;
    const Job job{rs_sig_begin(block_bytes, strong_bytes, kind)};
    REQUIRE(run(job.get(), content, signature) == RS_DONE);
    return signature;
}

inline io::Bytes librsync_delta(io::ByteView signature, io::ByteView content)
{
    rs_signature_t* loaded = nullptr;
    io::Bytes none;
    REQUIRE(run(Job{rs_loadsig_begin(&loaded)}.get(), signature, none) == RS_DONE);
    const std::unique_ptr<rs_signature_t, void (*)(rs_signature_t*)> table{
        loaded, [](rs_signature_t* gone) { rs_free_sumset(gone); }};
    REQUIRE(rs_build_hash_table(loaded) == RS_DONE);
    io::Bytes delta;
    REQUIRE(run(Job{rs_delta_begin(loaded)}.get(), content, delta) == RS_DONE);
    return delta;
}

/// What librsync makes of a basis and a delta, into `output`; RS_DONE when it was content.
inline rs_result librsync_patch(io::ByteView basis, io::ByteView delta, io::Bytes& output)
{
    const auto copy = [](void* opaque, rs_long_t at, std::size_t* bytes, void** into) {
        const auto& from = *static_cast<const io::ByteView*>(opaque);
        if (at < 0 || static_cast<std::size_t>(at) >= from.size()) {
            return RS_INPUT_ENDED;
        }
        *bytes = std::min(*bytes, from.size() - static_cast<std::size_t>(at));
        std::memcpy(*into, from.data() + at, *bytes);
        return RS_DONE;
    };
    return run(Job{rs_patch_begin(copy, &basis)}.get(), delta, output);
}

/// The same bytes for the same `seed`, everywhere.
inline io::Bytes random_bytes(std::size_t count, unsigned seed)
{
    std::mt19937 random{seed};
    io::Bytes bytes(count);
    for (auto& byte : bytes) {
        byte = static_cast<std::byte>(random() >> 24U);
    }
    return bytes;
}

/// An unnamed file that holds `content`.
inline io::TempFile file_of(io::ByteView content)
{
    auto file = io::TempFile::unnamed(io::default_temp_directory());
    io::write_full(file.fd(), content, "test");
    return file;
}

/// A whole signature where tables are made of it.
struct Spilled {
    explicit Spilled(io::ByteView bytes) { buffer.write(bytes); }
    io::SpillBuffer buffer{io::default_temp_directory()};
};

inline std::string hex(io::ByteView bytes)
{
    std::string text;
    for (const std::byte byte : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto value = std::to_integer<unsigned>(byte);
        text += digits[value / 16];
        text += digits[value % 16];
    }
    return text;
}

}  // namespace duplid::test
