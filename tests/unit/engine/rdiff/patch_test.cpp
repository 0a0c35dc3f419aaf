#include "engine/rdiff/patch.hpp"

#include "engine/rdiff/delta.hpp"
#include "storage/io/error.hpp"
#include "tests/unit/engine/rdiff/librsync_oracle.hpp"

#include <algorithm>

using namespace duplid;

namespace {

io::Bytes bytes_of(std::initializer_list<int> values)
{
    io::Bytes bytes;
    for (const int value : values) {
        bytes.push_back(static_cast<std::byte>(value));
    }
    return bytes;
}

/// The commands with the magic before them.
io::Bytes delta_of(std::initializer_list<int> commands)
{
    auto bytes = bytes_of({0x72, 0x73, 0x02, 0x36});
    io::append(bytes, bytes_of(commands));
    return bytes;
}

/// Gives one byte at a time.
class SlowSource final : public io::Source {
public:
    explicit SlowSource(io::ByteView bytes) : bytes_{bytes} {}
    std::size_t read(io::ByteSpan into) override
    {
        if (bytes_.empty()) {
            return 0;
        }
        into[0] = bytes_[0];
        bytes_ = bytes_.subspan(1);
        return 1;
    }

private:
    io::ByteView bytes_;
};

io::Bytes patched(io::ByteView basis, io::ByteView delta)
{
    const auto file = test::file_of(basis);
    io::ViewSource source{delta};
    io::MemorySink out;
    rdiff::patch(file.fd(), "the basis", source, out);
    return out.take();
}

std::string complaint(io::ByteView basis, io::ByteView delta)
{
    try {
        static_cast<void>(patched(basis, delta));
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::corrupt);
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("deltas by librsync give the new content")
{
    const auto before = test::random_bytes(400'000, 1);
    const auto noise = test::random_bytes(200'000, 2);
    io::Bytes after{before.begin() + 100'000, before.end()};
    io::append(after, noise);
    io::append(after, io::ByteView{before}.first(150'000));
    for (const std::size_t block_bytes : {100U, 512U, 2048U}) {
        CAPTURE(block_bytes);
        const auto signature = test::librsync_signature(before, block_bytes);
        for (const auto& content : {after, before, noise, io::Bytes{}}) {
            const auto delta = test::librsync_delta(signature, content);
            CHECK(patched(before, delta) == content);
            const auto file = test::file_of(before);
            SlowSource slow{delta};
            io::MemorySink out;
            rdiff::patch(file.fd(), "the basis", slow, out);
            CHECK(std::ranges::equal(out.view(), content));
        }
    }
}

TEST_CASE("every width of offset and length is understood")
{
    const auto basis = test::random_bytes(1'000, 3);
    const auto number = [](io::Bytes& to, std::uint64_t value, std::size_t bytes) {
        for (std::size_t left = bytes; left-- > 0;) {
            to.push_back(static_cast<std::byte>((value >> (8 * left)) & 0xffU));
        }
    };
    for (int op = 0x45; op <= 0x54; ++op) {
        CAPTURE(op);
        const std::size_t offset_bytes = std::size_t{1} << static_cast<unsigned>((op - 0x45) / 4);
        const std::size_t length_bytes = std::size_t{1} << static_cast<unsigned>((op - 0x45) % 4);
        auto delta = delta_of({op});
        number(delta, 200, offset_bytes);
        number(delta, 250, length_bytes);
        delta.push_back(std::byte{0});
        const auto expected = io::ByteView{basis}.subspan(200, 250);
        CHECK(std::ranges::equal(patched(basis, delta), expected));
        io::Bytes theirs;
        CHECK(test::librsync_patch(basis, delta, theirs) == RS_DONE);
        CHECK(std::ranges::equal(theirs, expected));
    }
    for (int op = 0x41; op <= 0x44; ++op) {
        CAPTURE(op);
        auto delta = delta_of({op});
        number(delta, 200, std::size_t{1} << static_cast<unsigned>(op - 0x41));
        io::append(delta, io::ByteView{basis}.first(200));
        delta.push_back(std::byte{0});
        CHECK(std::ranges::equal(patched(basis, delta), io::ByteView{basis}.first(200)));
    }
    for (int op = 0x01; op <= 0x40; ++op) {
        CAPTURE(op);
        auto delta = delta_of({op});
        io::append(delta, io::ByteView{basis}.first(static_cast<std::size_t>(op)));
        delta.push_back(std::byte{0});
        CHECK(patched({}, delta).size() == static_cast<std::size_t>(op));
    }
}

TEST_CASE("the basis' file position is neither used nor moved")
{
    auto file = test::file_of(io::view_of("0123456789"));
    const auto delta = delta_of({0x45, 2, 3, 0});
    io::ViewSource source{delta};
    io::MemorySink out;
    rdiff::patch(file.fd(), "the basis", source, out);
    CHECK(io::text_of(out.view()) == "234");
    io::write_full(file.fd(), io::view_of("!"), "test");
    CHECK(file.bytes() == 11);
}

TEST_CASE("copies from outside the basis are corrupt, however large their numbers")
{
    const auto basis = test::random_bytes(100, 4);
    for (const auto& delta : {
             delta_of({0x45, 0, 101, 0}),
             delta_of({0x45, 100, 1, 0}),
             delta_of({0x45, 99, 2, 0}),
             delta_of({0x45, 255, 255, 0}),
             // offset + length = 2^64, in bits 0
             delta_of(
                 {0x54, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0}),
             delta_of(
                 {0x54, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0}),
             delta_of({0x54, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0}),
         }) {
        const auto text = complaint(basis, delta);
        CAPTURE(text);
        CHECK(text.find("of a file of 100 bytes") != std::string::npos);
    }
    CHECK(complaint(basis, delta_of({0x45, 0, 100, 0})) == "none");
    try {
        static_cast<void>(patched(basis, delta_of({0x45, 0, 101, 0})));
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.object() == "the basis");
    }
}

TEST_CASE("malformed deltas are corrupt, and the place is named")
{
    CHECK(complaint({}, {}) == "delta, at byte 0: cut short");
    CHECK(complaint({}, bytes_of({0x72, 0x73, 0x01, 0x36, 0})) ==
          "delta, at byte 4: this is no delta");
    CHECK(complaint({}, delta_of({0x55, 0})) == "delta, at byte 5: unknown command 0x55");
    CHECK(complaint({}, delta_of({0xff, 0})) == "delta, at byte 5: unknown command 0xff");
    CHECK(complaint({}, delta_of({0x41, 0, 0})) == "delta, at byte 6: empty literal");
    CHECK(complaint({}, delta_of({0x45, 0, 0, 0})) == "delta, at byte 7: empty copy");
    CHECK(complaint({}, delta_of({0, 0})) == "delta, at byte 5: goes on behind its end");
    CHECK(complaint({}, delta_of({0x44, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2,
                                  3})) == "delta, at byte 16: cut short within a literal");
}

TEST_CASE("a delta cut anywhere is corrupt")
{
    const auto before = test::random_bytes(3'000, 5);
    auto after = before;
    after[1'500] ^= std::byte{1};
    const auto delta = test::librsync_delta(test::librsync_signature(before, 100), after);
    REQUIRE(patched(before, delta) == after);
    for (std::size_t bytes = 0; bytes < delta.size(); ++bytes) {
        CAPTURE(bytes);
        CHECK(complaint(before, io::ByteView{delta}.first(bytes)).find("cut short") !=
              std::string::npos);
    }
}

TEST_CASE("for damaged deltas, what we accept is what librsync makes of them")
{
    const auto before = test::random_bytes(2'000, 6);
    auto after = before;
    after[700] ^= std::byte{1};
    const auto delta = test::librsync_delta(test::librsync_signature(before, 100), after);
    int accepted = 0;
    for (std::size_t at = 0; at < delta.size(); ++at) {
        for (const unsigned bit : {0x01U, 0x04U, 0x40U, 0x80U}) {
            CAPTURE(at);
            CAPTURE(bit);
            auto damaged = delta;
            damaged[at] ^= static_cast<std::byte>(bit);
            if (complaint(before, damaged) == "none") {
                io::Bytes theirs;
                CHECK(test::librsync_patch(before, damaged, theirs) == RS_DONE);
                CHECK(patched(before, damaged) == theirs);
                ++accepted;
            }
        }
    }
    CHECK(accepted > 0);  // a changed byte of a literal is something nobody can see
}
