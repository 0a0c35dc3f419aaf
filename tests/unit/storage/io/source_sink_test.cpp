#include "storage/io/sink.hpp"
#include "storage/io/source.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <doctest/doctest.h>

using namespace duplid;

namespace {

// Gives one byte at a time, as a slow connection does.
class Dripping final : public io::Source {
public:
    explicit Dripping(io::ByteView bytes) : source_{bytes} {}
    std::size_t read(io::ByteSpan into) override { return source_.read(into.first(1)); }

private:
    io::ViewSource source_;
};

io::Bytes pattern(std::size_t bytes)
{
    io::Bytes content(bytes);
    std::generate(content.begin(), content.end(),
                  [n = 0]() mutable { return static_cast<std::byte>(n++ % 251); });
    return content;
}

}  // namespace

TEST_CASE("a copy moves every byte, says how many, and does not finish the sink")
{
    class Finishing final : public io::Sink {
    public:
        void write(io::ByteView bytes) override { io::append(content, bytes); }
        void finish() override { finished = true; }
        io::Bytes content;
        bool finished = false;
    };
    for (const std::size_t bytes : {0U, 1U, 65'536U, 200'001U}) {
        const auto content = pattern(bytes);
        io::ViewSource source{content};
        Finishing sink;
        CHECK(io::copy(source, sink) == bytes);
        CHECK(sink.content == content);
        CHECK_FALSE(sink.finished);
    }
}

TEST_CASE("reading all goes on over short reads, and stops at its limit")
{
    const auto content = pattern(1'000);
    Dripping whole{content};
    CHECK(io::read_all(whole, 1'000) == content);
    Dripping too_much{content};
    CHECK_THROWS_AS((void)io::read_all(too_much, 999), Error);
}

TEST_CASE("reading full fills what it was given, or tells where the source ended")
{
    const auto content = pattern(10);
    Dripping source{content};
    std::array<std::byte, 7> into{};
    CHECK(io::read_full(source, into) == 7);
    CHECK(std::equal(into.begin(), into.end(), content.begin()));
    CHECK(io::read_full(source, into) == 3);
    CHECK(io::read_full(source, into) == 0);
}
