#include "ctl/show/collection.hpp"

#include "ctl/show/proof.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/time_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <string_view>

namespace duplid::show {

namespace {

constexpr std::string_view rule = "-------------------------\n";

std::string chain_block(const proto::ChainStatus& chain)
{
    std::uint64_t volumes = 0;
    for (const auto& set : chain.sets) {
        volumes += set.volumes;
    }
    std::string text{rule};
    text +=
        fmt::format("Chain start time: {}\n", ctl::local_time_text(chain.sets.front().set.time));
    text += fmt::format("Chain end time: {}\n", ctl::local_time_text(chain.sets.back().set.time));
    text += fmt::format("Number of contained backup sets: {}\n", chain.sets.size());
    text += fmt::format("Total number of contained volumes: {}\n", volumes);
    text +=
        fmt::format("{:>20}   {:>30}   {:>15}\n", "Type of backup set:", "Time:", "Num volumes:");
    for (const auto& set : chain.sets) {
        const bool full = set.set.type == proto::SetType::full;
        text += fmt::format("{:>20}   {:>30}   {:>15}\n", full ? "Full" : "Incremental",
                            ctl::local_time_text(set.set.time), set.volumes);
    }
    text += rule;
    return text;
}

std::optional<std::int64_t> last_full(const proto::CollectionStatusReply& reply)
{
    std::optional<std::int64_t> time;
    for (const auto& chain : reply.chains) {
        if (!chain.sets.empty()) {
            time =
                std::max(time.value_or(chain.sets.front().set.time), chain.sets.front().set.time);
        }
    }
    return time;
}

std::string secondary_chains(const proto::CollectionStatusReply& reply)
{
    std::vector<const proto::ChainStatus*> chains;
    for (std::size_t i = 0; i < reply.chains.size(); ++i) {
        if (i != reply.primary && !reply.chains[i].sets.empty()) {
            chains.push_back(&reply.chains[i]);
        }
    }
    auto text = fmt::format("Found {}.\n", counted(chains.size(), "secondary backup chain"));
    for (std::size_t i = 0; i < chains.size(); ++i) {
        text += fmt::format("Secondary chain {} of {}:\n{}\n", i + 1, chains.size(),
                            chain_block(*chains[i]));
    }
    return text;
}

std::string primary_chain(const proto::CollectionStatusReply& reply)
{
    const bool found = reply.primary && *reply.primary < reply.chains.size() &&
                       !reply.chains[*reply.primary].sets.empty();
    if (!found) {
        return "No backup chains with active signatures found\n";
    }
    return "\nFound primary backup chain with matching signature chain:\n" +
           chain_block(reply.chains[*reply.primary]);
}

std::string leftovers(const proto::CollectionStatusReply& reply)
{
    if (reply.orphaned.empty() && reply.incomplete.empty()) {
        return "No orphaned or incomplete backup sets found.\n";
    }
    return fmt::format("Also found {} not part of any chain,\n"
                       "and {}.\n"
                       "These may be deleted by running duplicity with the \"cleanup\" command.\n",
                       counted(reply.orphaned.size(), "backup set"),
                       counted(reply.incomplete.size(), "incomplete backup set"));
}

}  // namespace

std::string collection_chains(const proto::CollectionStatusReply& reply)
{
    return secondary_chains(reply) + primary_chain(reply) + leftovers(reply);
}

std::string collection_status(const proto::CollectionStatusReply& reply)
{
    const auto full = last_full(reply);
    auto text = fmt::format("Last full backup date: {}\n"
                            "Collection Status\n"
                            "-----------------\n"
                            "Target: {}\n"
                            "Archive dir: {}\n"
                            "\n",
                            full ? ctl::local_time_text(*full) : "none", printable(reply.target),
                            printable(reply.archive_directory));
    text += collection_chains(reply);
    if (reply.read_back) {
        text += read_back_line(reply.read_back->recent_bytes, reply.read_back->total_bytes,
                               reply.read_back->days);
    }
    return text;
}

}  // namespace duplid::show
