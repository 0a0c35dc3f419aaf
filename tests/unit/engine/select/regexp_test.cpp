// Goal: a pattern means to us what it means to Python, or is refused.
// Method: the answers in both tables were computed with Python 3.11's re.search and re.compile.
#include "engine/select/problem.hpp"
#include "engine/select/regexp.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;
using namespace duplid::select;
using namespace std::string_literals;

namespace {

struct Row {
    std::string pattern;
    std::string subject;
    bool found;
};

// clang-format off
const Row rows[] = {
    {"a\\Z"s, "a\012"s, false},
    {"a\\Z"s, "a"s, true},
    {"a$"s, "a\012"s, true},
    {"a$"s, "a\012b"s, false},
    {"a.b"s, "a\012b"s, false},
    {"(\077s)a.b"s, "a\012b"s, true},
    {"a\\vb"s, "a\013b"s, true},
    {"a\\vb"s, "a\012b"s, false},
    {"[[:alpha:]]"s, "x"s, false},
    {"[[:alpha:]]"s, ":]"s, true},
    {"a{,2}b"s, "aab"s, true},
    {"^a{,2}b"s, "aaab"s, false},
    {"a{x}"s, "a{x}"s, true},
    {"a{,}b"s, "b"s, true},
    {"x{1"s, "x{1"s, true},
    {"(a)\\1"s, "aa"s, true},
    {"\\101"s, "A"s, true},
    {"[\\101]"s, "A"s, true},
    {"\\0"s, "a"s, false},
    {"\\u00e9"s, "\303\251"s, true},
    {"\\U0001F600"s, "\360\237\230\200"s, true},
    {"\\x41"s, "A"s, true},
    {"^.$"s, "\303\251"s, true},
    {"^\\w$"s, "\303\251"s, true},
    {"(\077a)^\\w$"s, "\303\251"s, false},
    {"(\077i)\303\211"s, "\303\251"s, true},
    {"(\077x)a b # c ( ["s, "ab"s, true},
    {"(\077P<n>a)(\077P=n)"s, "aa"s, true},
    {"(\077:a|b)c"s, "bc"s, true},
    {"(\077<=a)b"s, "ab"s, true},
    {"(\077<!a)b"s, "ab"s, false},
    {"(a)\077(\077(1)b|c)$"s, "ab"s, true},
    {"(\077i:A)B"s, "aB"s, true},
    {"(\077i:A)B"s, "ab"s, false},
    {"(\077i)(\077m)^b"s, "a\012B"s, true},
    {"(\077#c)(\077i)B"s, "ab"s, true},
    {"[]x]"s, "a]"s, true},
    {"[^]x]+$"s, "a"s, true},
    {"[a\\]]"s, "\\"s, false},
    {"(\077#x[()y"s, "y"s, true},
    {"\\.py$"s, "a.py"s, true},
    {"\\d"s, "\331\243"s, true},
    {"\\-\\/\\\303\251"s, "-/\303\251"s, true},
    {"[\\b]"s, "\010"s, true},
    {""s, ""s, true},
    {"a|"s, "zz"s, true},
    {"(\077u)\303\251"s, "\303\251"s, true},
    {"(\077x:a b)c d"s, "abc d"s, true},
    {"(\077-i:a)"s, "A"s, false},
    {"a#b"s, "a#b"s, true},
    {"^.$"s, "\377"s, true},
    {"[^a]"s, "\377"s, true},
    {"\377"s, "a\377"s, true},
    {"\\w"s, "\377"s, false},
    {"^[\376-\377]$"s, "\376"s, true},
    {"^..$"s, "\303\377"s, true},
};

const char* const refused[] = {
    "(",
    "a)",
    "[",
    "*a",
    "a**",
    "(\077P<1a>x)",
    "\\h",
    "\\K",
    "\\R",
    "\\X",
    "\\Q",
    "\\p{L}",
    "a(\077i)b",
    "(\077R)",
    "(\0771)",
    "(*ACCEPT)",
    "(\077|a|b)",
    "(\077<n>a)",
    "(\077&n)",
    "\\1",
    "(a)\\2",
    "\\x4",
    "\\u12",
    "\\8",
    "[\\8]",
    "[z-a]",
    "a{2,1}",
    "\\",
    "(\077C)",
    "\\400",
    "\\U00110000",
    "(\077z)",
    "(\077(R)a)",
    "(\077(DEFINE)a)",
    "[\\Z]",
    "\\z",
    "(\077#x",
    "(\077'n'a)",
    "(\077+1)",
    "(\077=a",
    "\\N",
    "\\C",
    "\\G",
    "\\g{1}",
    "\\k<n>",
    "\\o{7}",
    "\\c",
};
// clang-format on

}  // namespace

TEST_CASE("a search finds what Python's finds")
{
    for (const auto& row : rows) {
        CAPTURE(row.pattern);
        CAPTURE(row.subject);
        CHECK(Regexp{row.pattern}.is_found_in(row.subject) == row.found);
    }
}

TEST_CASE("what Python refuses is refused, although PCRE2 knows some of it")
{
    for (const auto* pattern : refused) {
        CAPTURE(pattern);
        try {
            const Regexp regexp{pattern};
            FAIL_CHECK("accepted");
        } catch (const SelectionError& error) {
            CHECK(error.problem() == SelectionProblem::bad_expression);
        }
    }
}

TEST_CASE("an expression that repeats without end gives up with an error that names the path")
{
    const Regexp regexp{"^(a+)+$"};
    const auto path = std::string(64, 'a') + 'b';
    try {
        static_cast<void>(regexp.is_found_in(path));
        FAIL("answered");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::invalid);
        CHECK(error.object() == path);
    }
    CHECK(regexp.is_found_in("aaa"));
}

TEST_CASE("deep nesting and great length are refused, not followed")
{
    CHECK_THROWS_AS(Regexp{std::string(20'000, '(') + std::string(20'000, ')')}, SelectionError);
    CHECK_THROWS_AS(Regexp{std::string(Regexp::bytes_max + 1, 'a')}, SelectionError);
}
