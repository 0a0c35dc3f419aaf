#include "engine/chain/removal.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace duplid::chain {

namespace {

/// What the rules look at, so that they can also be asked about a chain that is not there yet.
struct Facts {
    std::vector<std::int64_t> times;  ///< of its sets, the full's first
    bool whole = true;
    bool future = false;
};

std::int64_t end_of(const Facts& facts)
{
    return facts.times.back();
}

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::vector<Facts> facts_of(const Collection& collection, const RemovalRequest& request)
{
    std::vector<Facts> all;
    for (const Chain& chain : collection.chains) {
        Facts facts;
        facts.whole = is_whole(chain);
        for (const BackupSet& set : chain.sets) {
            facts.times.push_back(set.id.end);
        }
        facts.future = chain.end() > request.now + future_slack_seconds;
        if (facts.future && !request.allow_future) {
            throw Error{Error::Kind::invalid,
                        "a backup set is dated in the future: " + naming::print_time(chain.end()),
                        naming::print_time(chain.end()),
                        "set this machine's clock; if it was another's that was wrong, "
                        "--allow-future keeps such chains and judges the others"};
        }
        all.push_back(std::move(facts));
    }
    return all;
}

/// The time of the `count`-th newest full.
std::optional<std::int64_t> full_before_which_to_remove(const std::vector<Facts>& chains,
                                                        std::uint32_t count)
{
    std::vector<std::int64_t> fulls;
    for (const Facts& facts : chains) {
        if (!facts.future) {
            fulls.push_back(facts.times.front());
        }
    }
    if (count == 0 || fulls.size() < count) {
        return std::nullopt;
    }
    std::sort(fulls.begin(), fulls.end(), std::greater<>{});
    return fulls[count - 1];
}

void judge_by_bound(const std::vector<Facts>& chains, Judgement& judgement)
{
    for (std::size_t i = 0; i < chains.size(); ++i) {
        if (!judgement.bound || end_of(chains[i]) >= *judgement.bound) {
            judgement.chains[i].reasons.push_back({KeepRule::newer});
        }
    }
}

/// Adds a rule to the reasons of a chain, or counts one more set that it picks.
void add_reason(KeepRule rule, std::int64_t time, std::vector<KeepReason>& reasons)
{
    const auto known =
        std::find_if(reasons.begin(), reasons.end(),
                     [rule](const KeepReason& reason) { return reason.rule == rule; });
    if (known != reasons.end()) {
        ++known->sets;
        known->newest = std::max(known->newest, time);
    } else {
        reasons.push_back({rule, 1, time});
    }
}

void judge_by_policy(const std::vector<Facts>& chains, const KeepPolicy& policy,
                     const LocalOffset& offset, Judgement& judgement)
{
    std::multimap<std::int64_t, std::size_t, std::greater<>> sets;
    for (std::size_t i = 0; i < chains.size(); ++i) {
        for (const auto time : chains[i].times) {
            if (!chains[i].future) {
                sets.emplace(time, i);
            }
        }
    }
    std::vector<std::int64_t> times;
    for (const auto& [time, chain] : sets) {
        times.push_back(time);
    }
    const auto kept = kept_by(policy, times, offset);
    auto rules = kept.begin();
    for (const auto& [time, chain] : sets) {
        for (const auto rule : *rules++) {
            add_reason(rule, time, judgement.chains[chain].reasons);
        }
    }
}

/// What keeps a chain although it is old.
void protect(const std::vector<Facts>& chains, const RemovalRequest& request, Judgement& judgement)
{
    bool newest_seen = false;
    bool whole_seen = false;
    for (auto i = chains.size(); i-- > 0;) {
        auto& verdict = judgement.chains[i];
        if (chains[i].future) {
            verdict.reasons = {{KeepRule::future}};
            continue;
        }
        const bool newest = !std::exchange(newest_seen, true);
        const bool last_good = chains[i].whole && !std::exchange(whole_seen, true);
        verdict.old = verdict.reasons.empty();
        if (!verdict.old || request.include_last_chain) {
            continue;
        }
        if (newest) {
            verdict.reasons.push_back({KeepRule::newest_chain});
        }
        if (last_good) {
            verdict.reasons.push_back({KeepRule::last_good_chain});
        }
    }
}

Judgement judge_facts(const std::vector<Facts>& chains, const RemovalRequest& request)
{
    Judgement judgement;
    judgement.chains.resize(chains.size());
    std::visit(Overloaded{[&](const OlderThan& rule) {
                              judgement.bound = rule.time;
                              judge_by_bound(chains, judgement);
                          },
                          [&](const AllButNFull& rule) {
                              judgement.bound = full_before_which_to_remove(chains, rule.count);
                              judge_by_bound(chains, judgement);
                          },
                          [&](const IncrementsOfAllButNFull& rule) {
                              judgement.increments_only = true;
                              judgement.bound = full_before_which_to_remove(chains, rule.count);
                              judge_by_bound(chains, judgement);
                          },
                          [&](const KeepPolicy& policy) {
                              judge_by_policy(chains, policy, request.offset, judgement);
                          }},
               request.rule);
    protect(chains, request, judgement);
    for (std::size_t i = 0; i < chains.size(); ++i) {
        auto& verdict = judgement.chains[i];
        if (!verdict.reasons.empty()) {
            continue;
        }
        if (!judgement.increments_only) {
            verdict.fate = Fate::goes;
        } else if (chains[i].times.size() > 1) {
            verdict.fate = Fate::loses_increments;
        } else {
            verdict.reasons.push_back({KeepRule::no_increments});
        }
    }
    return judgement;
}

}  // namespace

bool is_whole(const Chain& chain) noexcept
{
    return std::all_of(chain.sets.begin(), chain.sets.end(), [](const BackupSet& set) {
        // Keys are volume numbers from 1 on.
        return !set.volumes.empty() && set.volumes.rbegin()->first == set.volumes.size();
    });
}

Judgement judge(const Collection& collection, const RemovalRequest& request)
{
    auto chains = facts_of(collection, request);
    auto judgement = judge_facts(chains, request);

    // Asked again with a full that is made now, which closes the newest chain.
    auto now = request.now;
    for (const Facts& facts : chains) {
        now = facts.future ? now : std::max(now, end_of(facts) + 1);
    }
    chains.push_back({{now}});
    const auto later = judge_facts(chains, request);
    for (std::size_t i = 0; i < judgement.chains.size(); ++i) {
        auto& verdict = judgement.chains[i];
        verdict.goes_after_full =
            verdict.fate == Fate::stays && later.chains[i].fate != Fate::stays;
    }
    return judgement;
}

}  // namespace duplid::chain
