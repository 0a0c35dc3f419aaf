// What people ask with: patterns, samples and renames of any bytes are understood or refused, and
// no rename leads out of the tree.
#include "engine/naming/index.hpp"
#include "engine/operation/check/check_sample.hpp"
#include "engine/operation/question/path_pattern.hpp"
#include "engine/operation/restore/rename_map.hpp"
#include "storage/io/error.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace duplid;

namespace {

template <class Ask>
void ask(Ask question)
{
    try {
        question();
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::invalid) {
            std::abort();
        }
    }
}

bool leads_out(const std::string& key)
{
    const auto path = naming::path_of_key(key);
    return path.starts_with("/") || path == ".." || path.starts_with("../") ||
           path.ends_with("/..") || path.find("/../") != std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes)
{
    const std::string_view text{reinterpret_cast<const char*>(data), bytes};
    const auto middle = text.find('\n');
    const std::string first{text.substr(0, middle)};
    const std::string second{middle == std::string_view::npos ? std::string_view{}
                                                              : text.substr(middle + 1)};
    for (const bool is_regexp : {false, true}) {
        ask([&] {
            const operation::PathPattern pattern{first, is_regexp};
            static_cast<void>(pattern.matches(second, false));
            static_cast<void>(pattern.matches(second, true));
        });
    }
    ask([&] { static_cast<void>(operation::parse_sample(first)); });
    ask([&] {
        const operation::RenameMap renames{{{first, second}}};
        if (leads_out(renames.apply("a")) || leads_out(renames.apply(first))) {
            // What came in may lead out by itself; only a clean name must stay one.
            if (!leads_out(first)) {
                std::abort();
            }
        }
    });
    return 0;
}
