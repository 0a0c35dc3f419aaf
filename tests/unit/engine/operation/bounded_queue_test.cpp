#include "engine/operation/archive/bounded_queue.hpp"
#include "engine/operation/archive/read_ahead.hpp"
#include "storage/io/error.hpp"
#include "storage/io/source.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <memory>
#include <thread>

using namespace duplid;

TEST_CASE("items come out in order, and the end after the last")
{
    operation::BoundedQueue<int> queue{2};
    std::thread writer{[&] {
        for (int i = 0; i < 1000; ++i) {
            queue.push(i);
        }
        queue.close();
    }};
    for (int i = 0; i < 1000; ++i) {
        CHECK(queue.pop() == i);
    }
    CHECK_FALSE(queue.pop().has_value());
    writer.join();
}

TEST_CASE("a failure reaches whoever waits on either side")
{
    operation::BoundedQueue<int> full{1};
    full.push(1);
    operation::BoundedQueue<int> empty{1};
    int heard = 0;
    std::thread pusher{[&] {
        try {
            full.push(2);
        } catch (const Error&) {
            ++heard;
        }
    }};
    const auto why = std::make_exception_ptr(Error{Error::Kind::no_space, "full"});
    full.fail(why);
    empty.fail(why);
    pusher.join();
    CHECK(heard == 1);
    CHECK_THROWS_AS((void)empty.pop(), Error);
}

namespace {

class Counting final : public io::Source {
public:
    explicit Counting(std::size_t bytes, bool fails) : left_{bytes}, fails_{fails} {}
    std::size_t read(io::ByteSpan into) override
    {
        if (left_ == 0 && fails_) {
            throw Error{Error::Kind::corrupt, "damaged"};
        }
        const auto got = std::min(std::min<std::size_t>(into.size(), left_), std::size_t{10000});
        for (std::size_t i = 0; i < got; ++i) {
            into[i] = static_cast<std::byte>(left_-- % 251);
        }
        return got;
    }

private:
    std::size_t left_;
    bool fails_;
};

}  // namespace

TEST_CASE("reading ahead changes neither the bytes nor the error at their end")
{
    for (const std::size_t bytes : {0U, 1U, 512U * 1024U, 3'000'000U}) {
        Counting plain{bytes, false};
        const auto expected = io::read_all(plain, 10'000'000);
        operation::ReadAhead ahead{std::make_unique<Counting>(bytes, false)};
        CHECK(io::read_all(ahead, 10'000'000) == expected);
        operation::ReadAhead in_blocks{std::make_unique<Counting>(bytes, false)};
        io::Bytes joined(std::min<std::size_t>(bytes, 100));
        CHECK(io::read_full(in_blocks, joined) == joined.size());
        for (auto block = in_blocks.next_block(); !block.empty(); block = in_blocks.next_block()) {
            io::append(joined, block);
        }
        CHECK(joined == expected);
        operation::ReadAhead failing{std::make_unique<Counting>(bytes, true)};
        CHECK_THROWS_AS((void)io::read_all(failing, 10'000'000), Error);
    }
}

TEST_CASE("a source that is no longer wanted ends at once")
{
    operation::ReadAhead ahead{std::make_unique<Counting>(100'000'000, false)};
    io::Bytes some(10);
    CHECK(ahead.read(some) == 10);
}
