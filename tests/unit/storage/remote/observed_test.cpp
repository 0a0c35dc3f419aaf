// Method: a target in memory behind one that fails on order; what it is asked happens between two
// words to the observer, or they are not a pair.
#include "storage/remote/observed.hpp"

#include "storage/io/file.hpp"
#include "tests/support/faulty_remote.hpp"
#include "tests/support/memory_remote.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace duplid;

namespace {

class Tally final : public remote::OperationObserver {
public:
    void operation_begins() noexcept override
    {
        ++under_way;
        ++all;
    }
    void operation_continues() noexcept override
    {
        ++under_way;
        ++continued;
    }
    void operation_ended() noexcept override { --under_way; }

    int under_way = 0;
    int all = 0;
    int continued = 0;
};

/// Looks, while it is written to, whether an operation is under way.
class LookingSink final : public io::Sink {
public:
    explicit LookingSink(const Tally& tally) : tally_{tally} {}
    void write(io::ByteView) override { seen = tally_.under_way; }

    int seen = 0;

private:
    const Tally& tally_;
};

struct Bench {
    support::MemoryRemote memory;
    support::FaultyRemote faulty{memory};
    Tally tally;
    remote::ObservedRemote observed{std::make_unique<support::LentRemote>(faulty), tally};

    void put(const std::string& name, std::string_view content)
    {
        auto spool = observed.make_spool(name, io::default_temp_directory());
        io::write_full(spool.fd(), io::view_of(content), "spool");
        observed.put(spool, name);
    }
};

}  // namespace

TEST_CASE("what is asked of a target is done by it, and told from beginning to end")
{
    Bench bench;
    bench.put("name", "content");
    CHECK(bench.tally.all == 1);
    LookingSink sink{bench.tally};
    bench.observed.get("name", sink);
    CHECK(sink.seen == 1);
    CHECK(bench.observed.list() == std::vector{remote::Listed{"name", 7}});
    CHECK(bench.observed.size_of("name") == 7U);
    CHECK(bench.observed.size_after_put("name", 7) == 7U);
    CHECK(bench.observed.can_read_ranges());
    CHECK(bench.observed.get_range("name", 3, 2).size() == 2);
    CHECK_FALSE(bench.observed.open_local("name"));
    bench.observed.remove(std::vector<std::string>{"name"});
    CHECK(bench.memory.list().empty());
    CHECK(bench.tally.all == 7);
    // Of the put: its size.
    CHECK(bench.tally.continued == 1);
    CHECK(bench.tally.under_way == 0);
}

TEST_CASE("an operation that fails has ended, too")
{
    Bench bench;
    bench.faulty.fail_call(1, Error{Error::Kind::unreachable, "connection reset"});
    CHECK_THROWS_AS(static_cast<void>(bench.observed.list()), Error);
    CHECK(bench.tally.all == 1);
    CHECK(bench.tally.under_way == 0);
}
