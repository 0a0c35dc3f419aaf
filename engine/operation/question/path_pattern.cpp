#include "engine/operation/question/path_pattern.hpp"

#include "engine/naming/index.hpp"
#include "engine/select/glob_token.hpp"
#include "engine/select/text.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <utility>

namespace duplid::operation {

namespace {

using Test = std::variant<select::Glob, select::Regexp>;

/// Patterns are about paths that do not begin with a slash, however they are typed.
std::string_view without_root(std::string_view pattern)
{
    const auto first = pattern.find_first_not_of('/');
    return first == std::string_view::npos ? std::string_view{} : pattern.substr(first);
}

Test test_of(std::string_view pattern, bool is_regexp)
{
    if (is_regexp) {
        return Test{std::in_place_type<select::Regexp>, pattern};
    }
    return Test{std::in_place_type<select::Glob>, without_root(pattern)};
}

/// The components in front of the first one with a wildcard, as bytes of keys.
std::string prefix_of(const select::Glob& glob)
{
    const auto plain = glob.plain_start();
    auto end = plain.size();
    if (!glob.is_literal()) {
        const auto slash = plain.rfind('/');
        end = slash == std::string_view::npos ? 0 : slash;
    }
    return naming::key_of_path(plain.substr(0, end), Error::Kind::invalid);
}

bool ignores_case(std::string_view pattern) noexcept
{
    constexpr std::string_view prefix = "ignorecase:";
    return pattern.size() >= prefix.size() &&
           std::equal(prefix.begin(), prefix.end(), pattern.begin(), [](char wanted, char given) {
               return static_cast<char32_t>(wanted) ==
                      select::lower_case(static_cast<unsigned char>(given));
           });
}

/// The plain texts between wildcards and slashes. None where case does not matter: bytes cannot be
/// compared then.
std::vector<std::string> pieces_of(const select::Glob& glob, std::string_view pattern)
{
    std::vector<std::string> pieces;
    // The root is a directory without a name, which patterns know as ".".
    if (ignores_case(pattern) || glob.matches_whole(".", true)) {
        return pieces;
    }
    std::string piece;
    const auto end_piece = [&] {
        if (!piece.empty()) {
            pieces.push_back(std::exchange(piece, {}));
        }
    };
    for (const auto& token : select::parse_glob(pattern, false)) {
        // A stray byte could be a part of a character in the path.
        const bool is_plain = token.kind == select::GlobToken::Kind::character &&
                              token.first != U'/' && !select::is_stray_byte(token.first);
        if (is_plain) {
            select::append_utf8(piece, token.first);
        } else {
            end_piece();
        }
    }
    end_piece();
    return pieces;
}

}  // namespace

PathPattern::PathPattern(std::string_view pattern, bool is_regexp)
    : test_{test_of(pattern, is_regexp)}
{
    if (const auto* glob = std::get_if<select::Glob>(&test_)) {
        const auto typed = without_root(pattern);
        // The one at the very end only says that it is a directory.
        names_only_ = typed.substr(0, typed.size() - 1).find('/') == std::string_view::npos &&
                      !pattern.starts_with('/');
        if (!names_only_) {
            key_prefix_ = prefix_of(*glob);
        }
        pieces_ = pieces_of(*glob, typed);
    }
}

bool PathPattern::matches(std::string_view path, bool is_directory) const
{
    if (const auto* regexp = std::get_if<select::Regexp>(&test_)) {
        return regexp->is_found_in(path);
    }
    if (names_only_) {
        path = path.substr(path.rfind('/') + 1);
    }
    return std::get<select::Glob>(test_).matches_whole(path, is_directory);
}

}  // namespace duplid::operation
