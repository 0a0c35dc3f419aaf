#include "daemon/questions/collection_parts.hpp"

#include "proto/protocol.hpp"
#include "proto/writer.hpp"

#include <doctest/doctest.h>

using namespace duplid;

namespace {

proto::SetStatus set_of(std::int64_t time)
{
    proto::SetStatus set;
    set.set = {proto::SetType::incremental, time - 1, time};
    set.bytes = UINT64_MAX;
    set.volumes = UINT32_MAX;
    return set;
}

proto::CollectionStatusReply reply_of(std::initializer_list<std::size_t> chains,
                                      std::size_t orphaned, std::size_t incomplete)
{
    proto::CollectionStatusReply reply;
    std::int64_t time = 1'000'000'000'000;
    for (const auto sets : chains) {
        auto& chain = reply.chains.emplace_back();
        chain.has_signatures = sets % 2 == 0;
        for (std::size_t i = 0; i < sets; ++i) {
            chain.sets.push_back(set_of(time++));
        }
    }
    for (std::size_t i = 0; i < orphaned; ++i) {
        reply.orphaned.push_back(set_of(time++));
    }
    for (std::size_t i = 0; i < incomplete; ++i) {
        reply.incomplete.push_back(set_of(time++));
    }
    return reply;
}

}  // namespace

TEST_CASE("a short answer stays in one piece")
{
    auto reply = reply_of({3, 5}, 2, 1);
    CHECK(daemon::take_parts(reply).empty());
    CHECK(reply.chains.size() == 2);
    CHECK(reply.orphaned.size() == 2);
}

TEST_CASE("a long answer comes in parts that fit into lines and make the same answer again")
{
    constexpr auto part = daemon::sets_per_part_max;
    for (const auto& whole :
         {reply_of({part}, 0, 0), reply_of({1, part - 1, part + 1, 1}, 1, 1),
          reply_of({5 * part + 7, 1}, 2 * part, part + 1), reply_of({}, 3 * part, 0)}) {
        auto reply = whole;
        const auto parts = daemon::take_parts(reply);
        CHECK(parts.size() > 1);
        CHECK(reply.chains.empty());
        CHECK(reply.orphaned.empty());
        CHECK(reply.incomplete.empty());
        proto::CollectionStatusReply joined;
        for (const auto& one : parts) {
            CHECK(proto::write_message(one).dump().size() < proto::line_bytes_max);
            add_part(joined, one);
        }
        CHECK(proto::write_message(joined) == proto::write_message(whole));
    }
}
