// Any lists of names on the target and in the cache: sets and chains whose promises hold.
#include "engine/chain/choice.hpp"
#include "engine/chain/collection.hpp"
#include "storage/io/error.hpp"

#include <cstdlib>
#include <string>
#include <vector>

using namespace duplid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes)
{
    // One name a line; an empty line ends the target's names and begins the cache's.
    std::vector<std::string> lists[2];
    std::size_t list = 0;
    std::string name;
    for (std::size_t i = 0; i < bytes; ++i) {
        if (data[i] != '\n') {
            name += static_cast<char>(data[i]);
        } else if (name.empty()) {
            list = 1;
        } else {
            lists[list].push_back(std::move(name));
            name.clear();
        }
    }
    const auto collection = chain::collect(lists[0], lists[1], {});
    for (const auto& one : collection.chains) {
        if (one.sets.empty() || !one.sets.front().id.full || !one.sets.front().manifest) {
            std::abort();
        }
        for (std::size_t i = 1; i < one.sets.size(); ++i) {
            const auto& set = one.sets[i];
            if (set.id.full || !set.manifest || set.id.start != one.sets[i - 1].id.end) {
                std::abort();
            }
        }
    }
    for (const auto& set : collection.incomplete) {
        if (set.manifest) {
            std::abort();
        }
    }
    if (const auto active = chain::active_signatures(collection)) {
        if (active->chain == nullptr || active->files.empty() ||
            active->files.size() > active->chain->sets.size()) {
            std::abort();
        }
    }
    return 0;
}
