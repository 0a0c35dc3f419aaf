#include "engine/rdiff/delta.hpp"

#include "engine/rdiff/signature.hpp"
#include "storage/io/error.hpp"
#include "tests/unit/engine/rdiff/librsync_oracle.hpp"

using namespace duplid;

namespace {

io::Bytes delta_of(io::ByteView signature, io::ByteView content, std::size_t at_once = SIZE_MAX)
{
    test::Spilled spilled{signature};
    const rdiff::SignatureTable table{spilled.buffer, io::default_temp_directory()};
    io::MemorySink out;
    rdiff::DeltaMaker maker{table, out};
    while (!content.empty()) {
        const auto piece = content.first(std::min(at_once, content.size()));
        maker.write(piece);
        content = content.subspan(piece.size());
    }
    maker.finish();
    return out.take();
}

io::Bytes signature_of(io::ByteView content, std::uint32_t block_bytes = 512)
{
    io::MemorySink out;
    rdiff::SignatureMaker maker{block_bytes, out};
    maker.write(content);
    maker.finish();
    return out.take();
}

io::Bytes joined(std::initializer_list<io::ByteView> parts)
{
    io::Bytes all;
    for (const auto part : parts) {
        io::append(all, part);
    }
    return all;
}

std::string complaint(io::ByteView signature)
{
    try {
        test::Spilled spilled{signature};
        const rdiff::SignatureTable table{spilled.buffer, io::default_temp_directory()};
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::corrupt);
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("the examples of archive-format.md 6 come out byte for byte")
{
    const auto old_text = io::view_of("eighteen bytes ...");
    REQUIRE(old_text.size() == 18);
    CHECK(test::hex(delta_of(signature_of(old_text), old_text)) == "7273023645001200");
    CHECK(test::hex(delta_of(signature_of(old_text), {})) == "7273023600");
    CHECK(test::hex(delta_of(signature_of({}), {})) == "7273023600");
    CHECK(test::hex(delta_of(signature_of({}), io::view_of("no longer empty\n"))) ==
          "72730236106e6f206c6f6e67657220656d7074790a00");

    const auto before = test::random_bytes(65536, 1);
    const auto after = joined({before, io::view_of("+")});
    CHECK(test::hex(delta_of(signature_of(before), after)) == "7273023647000001"
                                                              "0000012b00");
}

TEST_CASE("deltas of all four kinds of signature lead back to the new content")
{
    const auto before = test::random_bytes(100'000, 2);
    const auto unrelated = test::random_bytes(80'000, 3);
    const io::ByteView old_view{before};
    const auto inserted =
        joined({old_view.first(30'000), io::view_of("in between"), old_view.subspan(30'000)});
    const auto shuffled = joined({old_view.subspan(50'000), old_view.first(50'000), unrelated});

    struct Row {
        rs_magic_number kind;
        std::size_t strong_bytes;
    };
    for (const auto& row : {Row{RS_MD4_SIG_MAGIC, 8}, Row{RS_MD4_SIG_MAGIC, 16},
                            Row{RS_BLAKE2_SIG_MAGIC, 32}, Row{RS_BLAKE2_SIG_MAGIC, 5},
                            Row{RS_RK_MD4_SIG_MAGIC, 8}, Row{RS_RK_BLAKE2_SIG_MAGIC, 32}}) {
        CAPTURE(row.kind);
        CAPTURE(row.strong_bytes);
        const auto signature = test::librsync_signature(before, 512, row.kind, row.strong_bytes);
        for (const auto& content : {before, inserted, shuffled, unrelated, io::Bytes{}}) {
            for (const std::size_t at_once : {std::size_t{777}, SIZE_MAX}) {
                const auto delta = delta_of(signature, content, at_once);
                io::Bytes restored;
                CHECK(test::librsync_patch(before, delta, restored) == RS_DONE);
                CHECK(restored == content);
            }
        }
        CHECK(delta_of(signature, before).size() < 20);
        CHECK(delta_of(signature, inserted).size() < 1'100);
    }
}

TEST_CASE("a table serves several deltas, one after the other")
{
    const auto before = test::random_bytes(10'000, 4);
    test::Spilled signature{signature_of(before)};
    const rdiff::SignatureTable table{signature.buffer, io::default_temp_directory()};
    for (int run = 0; run < 3; ++run) {
        io::MemorySink out;
        rdiff::DeltaMaker maker{table, out};
        maker.write(before);
        maker.finish();
        io::Bytes restored;
        CHECK(test::librsync_patch(before, out.view(), restored) == RS_DONE);
        CHECK(restored == before);
    }
}

TEST_CASE("what is no whole signature is corrupt")
{
    const auto signature = signature_of(test::random_bytes(2'000, 5));
    REQUIRE(signature.size() == 12 + 4 * 12);
    for (std::size_t bytes = 0; bytes < signature.size(); ++bytes) {
        CAPTURE(bytes);
        const bool is_whole = bytes >= 12 && bytes % 12 == 0;
        const auto text = complaint(io::ByteView{signature}.first(bytes));
        CHECK((text == "none") == is_whole);
    }

    const auto changed = [&signature](std::size_t at, std::initializer_list<int> bytes) {
        auto copy = signature;
        for (const int byte : bytes) {
            copy[at++] = static_cast<std::byte>(byte);
        }
        return copy;
    };
    CHECK(complaint(changed(3, {0x38})) == "signature: unknown kind 72730138");
    CHECK(complaint(changed(2, {0x02, 0x36})) == "signature: unknown kind 72730236");
    CHECK(complaint(changed(4, {0, 0, 0, 0})) == "signature: blocks of 0 bytes");
    CHECK(complaint(changed(4, {0xff, 0xff, 0xff, 0xff})) ==
          "signature: blocks of 4294967295 bytes");
    CHECK(complaint(changed(4, {0x01, 0, 0, 1})) == "signature: blocks of 16777217 bytes");
    CHECK(complaint(changed(8, {0, 0, 0, 0})) == "signature: sums of 0 bytes");
    CHECK(complaint(changed(8, {0, 0, 0, 17})) == "signature: sums of 17 bytes");
    CHECK(complaint(changed(8, {0xff, 0xff, 0xff, 0xfc})) == "signature: sums of 4294967292 bytes");
    CHECK(complaint(io::view_of("hello, this is some text")) == "signature: unknown kind 68656c6c");
}

TEST_CASE("equal signatures mean equal content, others do not")
{
    const auto one = test::random_bytes(5'000, 6);
    auto other = one;
    other.back() ^= std::byte{1};
    CHECK(rdiff::same_content(signature_of(one), signature_of(one)));
    CHECK(rdiff::same_content(signature_of({}), signature_of({})));
    CHECK_FALSE(rdiff::same_content(signature_of(one), signature_of(other)));
    CHECK_FALSE(rdiff::same_content(signature_of(one), signature_of({})));
    CHECK_FALSE(rdiff::same_content(signature_of(one), signature_of(one, 1024)));
    CHECK_FALSE(rdiff::same_content(signature_of(one),
                                    signature_of(io::ByteView{one}.first(one.size() - 1))));
    // Two empty views are no signatures, and say nothing of any file.
    CHECK_FALSE(rdiff::same_content({}, {}));
}
