// Rules made of any bytes, asked about any path: no crash, no hang.
//
// The input is lines: the path first, then one rule each, its kind chosen by the first byte. A
// list file is fuzzed too, as its lines become globs.
#include "engine/select/rule.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace duplid;
using namespace duplid::select;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using Kind = RuleOption::Kind;
    constexpr Kind kinds[] = {Kind::include,        Kind::exclude,          Kind::exclude,
                              Kind::include_regexp, Kind::exclude_filelist, Kind::exclude};

    std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto take_line = [&input] {
        const auto end = input.find('\n');
        const auto line = input.substr(0, end);
        input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
        return line;
    };
    const std::string path = "/base/" + std::string{take_line()};
    std::vector<RuleOption> options;
    // The bound on the work is per rule.
    constexpr std::size_t rules_max = 4;
    while (!input.empty() && options.size() < rules_max) {
        const auto line = take_line();
        if (line.empty()) {
            continue;
        }
        const auto kind = kinds[static_cast<unsigned char>(line.front()) % std::size(kinds)];
        options.push_back({kind, std::string{line.substr(1)}});
    }
    options.push_back({Kind::exclude, "/base/last"});

    RuleSettings settings;
    settings.lists = [](const std::string& content) {
        const auto view = io::view_of(content);
        return io::Bytes{view.begin(), view.end()};
    };
    try {
        const Rules rules{options, "/base", settings};
        for (const auto type : {Type::regular, Type::directory}) {
            const Facts facts{.type = type};
            static_cast<void>(rules.decide(path, facts));
            static_cast<void>(rules.why(path, facts));
        }
    } catch (const Error&) {
        // Malformed rules, or a regular expression that gave up.
    }
    return 0;
}
