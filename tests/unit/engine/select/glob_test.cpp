// Goal: a glob answers for a path as duplicity 0.8.22 answers.
// Method: the patterns of the big table were made at random. Each was given to the real program as
// --include together with an exclude that matches nothing, and its answers for all the paths were
// read from the debug records of a dry run. Per path: m match, b something below may match,
// . nothing.
#include "engine/select/glob.hpp"
#include "engine/select/problem.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <string>

using namespace duplid::select;

namespace {

struct Path {
    const char* path;
    bool is_directory;
};

struct Row {
    const char* pattern;
    const char* answers;
};

// clang-format off
const Path paths[] = {
    {"/tmp/o/!", false},
    {"/tmp/o/[a]", false},
    {"/tmp/o/^", false},
    {"/tmp/o/a", true},
    {"/tmp/o/a b", true},
    {"/tmp/o/a b/*", false},
    {"/tmp/o/a-", false},
    {"/tmp/o/a/b", true},
    {"/tmp/o/a/b/.o", false},
    {"/tmp/o/a/b/a", true},
    {"/tmp/o/a/b/a/[a]", false},
    {"/tmp/o/a/b/a/x.o", false},
    {"/tmp/o/a/f", false},
    {"/tmp/o/a]", false},
    {"/tmp/o/b", false},
    {"/tmp/o/d.d", true},
    {"/tmp/o/d.d/x", true},
    {"/tmp/o/d.d/x/e", false},
    {"/tmp/o/d.d/\303\251", false},
    {"/tmp/o/n\012l", false},
    {"/tmp/o/x.o", false},
    {"/tmp/o/\303\211a", true},
    {"/tmp/o/\303\211a/\303\251", false},
};

const Row rows[] = {
    {"ignorecase:**[a-]/", "bbbmbb.mmmmmmbbbbbbbbmm"},
    {"ignorecase:/tmp/o/[\303\251]*/\303\251", ".....................bm"},
    {"**.o", "bbbbbbbbmbbmbbbbbbbbmbb"},
    {"**a/", "bbbmbbbmmmmmmbbbbbbbbmm"},
    {"***.o", "bbbbbbbbmbbmbbbbbbbbmbb"},
    {"/**a/", "bbbmbbbmmmmmmbbbbbbbbmm"},
    {"***/b", "bbbbbbbmmmmmbbmbbbbbbbb"},
    {"**[/]a", "bbbmbbbmmmmmmbbbbbbbbbb"},
    {"**[a-]", "bbbmbbmmmmmmmbbbbbbbbmm"},
    {"/**/\077/", ".m.mm.mmmmmm.m.mm..mmm."},
    {"***[]a]", "bmbmbbbmmmmmmmbbbbbbbmm"},
    {"**[*]**", "bbbbbmbbbbbbbbbbbbbbbbb"},
    {"**[x[\303\251]", "bbbbbbbbbbbbbbbbmmmbbbm"},
    {"**/***/", "...mm..m.m.....mm....m."},
    {"**[/][\303\251]", "bbbbbbbbbbbbbbbbbbmbbbm"},
    {"[/]***/\303\251", "bbbbbbbbbbbbbbbbbbmbbbm"},
    {"/tmp/o/\077", "m.mm...mmmmmm.m........"},
    {"/tmp/o/a", "...m...mmmmmm.........."},
    {"**[!a]a/", "bbbmbbbmmmmmmbbbbbbbbmm"},
    {"/tmp/o/a/", "...m...mmmmmm.........."},
    {"[^b-x]**/", "...mm..m.m.....mm....m."},
    {"***/[!a]/", ".m.mm.mmmmmm.m.mm..mmm."},
    {"/tmp/o/\303\211a", ".....................mm"},
    {"***\077****/", "...mm..m.m.....mm....m."},
    {"/tmp/o/d*", "...............mmmm...."},
    {"/tmp/o/d.d", "...............mmmm...."},
    {"/tmp/o/[a]", "...m...mmmmmm.........."},
    {"/tmp/o/*/*", "bbbbbmbmmmmmmbbbmmmbbbm"},
    {"/tmp/o/***/", "...mm..m.m.....mm....m."},
    {"********\303\211**", "bbbbbbbbbbbbbbbbbbbbbmm"},
    {"/tmp/o**\012**", "bbbbbbbbbbbbbbbbbbbmbbb"},
    {"/tmp/o/[!a]", "m.m...........m........"},
    {"/tmp/o/[]a]", "...m...mmmmmm.........."},
    {"/tmp/o/x\077**a/", "....................b.."},
    {"/tmp/**/d**/\077", "bbbbbbbbbbbbbbbbmmmbbbb"},
    {"/tmp/o/[a-]**", "...mmmmmmmmmmm........."},
    {"/tmp/o/**[!a]", "mmmbmmmmmmmmmmmmmmmmmbm"},
    {"/tmp/o/a/\303\211d.dE", "...b..................."},
    {"ignorecase:**\303\251", "bbbbbbbbbbbbbbbbbbmbbbm"},
    {"/tmp/o**/**[*]", "bbbbbmbbbbbbbbbbbbbbbbb"},
    {"/tmp/o/\303\211[^b-x]", ".....................mm"},
    {"/tmp/o/**/[]a]", "bbbbbbbbbmmmbbbbbbbbbbb"},
    {"ignorecase:**/", "...mm..m.m.....mm....m."},
    {"/tmp/o/**[]a]\077", "bmbbbbmbbbmbbmbbbbbbbbb"},
    {"/tmp/o/[[^b-x]", "..m...........m........"},
    {"/**d.d*/[^b-x]", "bbbbbbbbbbbbbbbbbbmbbbb"},
    {"/tmp/o/d**\077[a]", "...............bbbb...."},
    {"/tmp/o/**d*****", "bbbbbbbbbbbbbbbmmmmbbbb"},
    {"/tmp/o/[a]**bdE", "...bbbbbbbbbbb........."},
    {"/tmp/o/*/[*][a]", "bbbbb.b......bbb...bbb."},
    {"/tmp/o/[a]**/dE", "...bbbbbbbbbbb........."},
    {"ignorecase:**d.d", "bbbbbbbbbbbbbbbmmmmbbbb"},
    {"ignorecase:****/", "...mm..m.m.....mm....m."},
    {"ignorecase:**[*]", "bbbbbmbbbbbbbbbbbbbbbbb"},
    {"/tmp/o/[^b-x]****", "mmmmmmmmmmmmmm.......mm"},
    {"ignorecase:**[***", "bmbbbbbbbbmbbbbbbbbbbbb"},
    {"ignorecase:**x.o/", "bbbbbbbbbbb.bbbbbbbb.bb"},
    {"ignorecase:**d.d/", "bbbbbbbbbbbbbbbmmmmbbbb"},
    {"ignorecase:**[a-]*", "bmbmmmmmmmmmmmbbbbbbbmm"},
    {"/tmp/o/**[*E[^b-x]", "bbmbmmbmmmmmmbmmmmmmmbb"},
    {"/tmp/o/\303\211**/b*/[]a]", ".....................bb"},
    {"ignorecase:**\303\251*/**", "bbbbbbbbbbbbbbbbbbbbbbm"},
    {"ignorecase:**[a-]**", "bmbmmmmmmmmmmmbbbbbbbmm"},
    {"ignorecase:/tmp/o/a", "...m...mmmmmm.........."},
    {"ignorecase:**[^b-x]", "mmmmbmmmmmmmmmbbbbmbbmm"},
    {"ignorecase:**[\303\251][a-]", "bbbbbbbbbbbbbbbbbbbbbmm"},
    {"ignorecase:/tmp/o/d.d", "...............mmmm...."},
    {"/tmp/o/[]a]**/[\303\251].o*/", "...bbbbbbbbbbb........."},
    {"ignorecase:/tmp/o/[a]", "...m...mmmmmm.........."},
    {"ignorecase:/tmp/o/*a/", "...m...mmmmmm........mm"},
    {"ignorecase:**[^b-x]E/", "bbbbbbbbbbbbbbbbb.bbbbb"},
    {"/tmp/o/[^b-x]**/[]a]\077", "bbbbbbbbbbbbbb.......bb"},
    {"ignorecase:/tmp/o/[!a]", "m.m...........m........"},
    {"/tmp/o/[^b-x]***/*/[\303\251]", "bbbbbbbbbbbbbb.......bb"},
    {"ignorecase:/tmp/o/a**/", "...mm..m.m............."},
    {"ignorecase:**[]a][^b-x]", "bmbbbbmbbbmbbmbbbbbbbbb"},
    {"ignorecase:**[!a]**[]a]", "bmbmbbbmmmmmmmbbbbbbbmm"},
    {"ignorecase:/tmp/o/a/EE*", "...b..................."},
    {"ignorecase:***/**/**d.d", "bbbbbbbbbbbbbbbmmmmbbbb"},
    {"ignorecase:/tmp/o/[^b-x]", "m.mm...mmmmmm.........."},
    {"ignorecase:/tmp/o/**a/**", "bbbbbbbmmmmmmbbbbbbbbbm"},
    {"ignorecase:/tmp/o/*/[\077**", "bbbbb.b......bbb...bbb."},
    {"ignorecase:/tmp/o/d**/.**/", "...............bbbb...."},
    {"ignorecase:****/****[/][*]", "bbbbbmbbbbbbbbbbbbbbbbb"},
    {"/", "mmmmmmmmmmmmmmmmmmmmmmm"},
    {"*/", "mmmmmmmmmmmmmmmmmmmmmmm"},
    {"/*", "mmmmmmmmmmmmmmmmmmmmmmm"},
    {"**", "mmmmmmmmmmmmmmmmmmmmmmm"},
    {"**\012", "bbbbbbbbbbbbbbbbbbbbbbb"},
    {"/*/", "mmmmmmmmmmmmmmmmmmmmmmm"},
    {"**[", "bbbbbbbbbbbbbbbbbbbbbbb"},
    {"***", "mmmmmmmmmmmmmmmmmmmmmmm"},
    {"****", "mmmmmmmmmmmmmmmmmmmmmmm"},
    {"**\303\251a", "bbbbbbbbbbbbbbbbbbbbbbb"},
    {"**E\303\251", "bbbbbbbbbbbbbbbbbbbbbbb"},
    {"**.\303\211", "bbbbbbbbbbbbbbbbbbbbbbb"},
    {"**Eb", "bbbbbbbbbbbbbbbbbbbbbbb"},
    {"/*/\077/", "mmmmmmmmmmmmmmmmmmmmmmm"},
    {"/*/**", "mmmmmmmmmmmmmmmmmmmmmmm"},
    {"/tmp/\077", "mmmmmmmmmmmmmmmmmmmmmmm"},
    {"**a/d\012", "bbbbbbbbbbbbbbbbbbbbbbb"},
    {"/tmp/*", "mmmmmmmmmmmmmmmmmmmmmmm"},
    {"**\303\211[*]", "bbbbbbbbbbbbbbbbbbbbbbb"},
    {"**d.d\303\251", "bbbbbbbbbbbbbbbbbbbbbbb"},
};

// 0.8.22 ended with ERROR 14 for the source /tmp/o.
const char* const cannot_match[] = {
    "/tmp/o[d.d/b",
    "/tmp/o[^b-x]\303\251\303\211[*]E",
    "/tmp/[a]\303\251/[/]",
    "[a]\012/",
    "/\303\211b\012[]a].o",
    "/x",
    "/tmp/ob",
    "/.o*\012E",
    "/E",
    "/tmp/o\077d.d[^b-x]a\303\211",
    "a[*]",
    "/tmp/a**/[*]**\077",
    "/tmp/b**/**/",
    "/tmp/o\303\251/**",
    "/tmp/o[!a][/",
    "/tmp/o[!a]",
    "[a][]a][*][a-]",
    "/tmp/o[!a][*]**/**/",
    "\303\251[/]a/**",
    "/tmp/x\077[]a]",
};
// clang-format on

char letter(Glob::Answer answer)
{
    return answer == Glob::Answer::match ? 'm' : answer == Glob::Answer::below ? 'b' : '.';
}

bool matches(const char* pattern, const std::string& path)
{
    return Glob{pattern}.answer(path, false) == Glob::Answer::match;
}

}  // namespace

TEST_CASE("a glob answers for every path as duplicity does")
{
    for (const auto& row : rows) {
        const Glob glob{row.pattern};
        std::string answers;
        for (const auto& path : paths) {
            answers += letter(glob.answer(path.path, path.is_directory));
        }
        CAPTURE(row.pattern);
        CHECK(answers == row.answers);
    }
}

TEST_CASE("a glob that cannot match below the source says nothing for the source")
{
    for (const auto* pattern : cannot_match) {
        CAPTURE(pattern);
        CHECK(letter(Glob{pattern}.answer("/tmp/o", true)) == '.');
    }
}

TEST_CASE("a byte that is no UTF-8 is one character")
{
    // Python, which reads such names with surrogateescape, agrees (fnmatch on os.fsdecode).
    CHECK(matches("/b/?", "/b/\xff"));
    CHECK(matches("/b/??", "/b/\xc3\xff"));
    CHECK(matches("/b/[!a]", "/b/\xe2"));
    CHECK(matches("/b/\xff*", "/b/\xffz"));
    CHECK(matches("**\xff", "/b/z\xff"));
    CHECK(matches("ignorecase:/b/\xffZ", "/b/\xffz"));
    CHECK_FALSE(matches("/b/\xc3*", "/b/\xc3\xa9"));
    CHECK_FALSE(matches("**\xa9", "/b/\xc3\xa9"));
    CHECK_FALSE(matches("/b/?", "/b/\xc3\xff"));
}

TEST_CASE("a broken pattern is an error, whatever its size")
{
    for (const auto& pattern :
         {std::string{}, std::string{"ignorecase:"}, std::string{"/a//b"}, std::string{"//"},
          std::string{"/a/[z-a]"}, std::string{"/[\xc3\xa9-a]"},
          '/' + std::string(Glob::bytes_max, 'a'), "/*" + std::string(Glob::weight_max, 'a') + '*',
          "/[" + std::string(Glob::weight_max, 'a') + ']'}) {
        CAPTURE(pattern.substr(0, 20));
        try {
            const Glob glob{pattern};
            FAIL_CHECK("accepted");
        } catch (const SelectionError& error) {
            CHECK(error.problem() == SelectionProblem::bad_expression);
        }
    }
}

TEST_CASE("states beyond one machine word are kept apart")
{
    // Class, star and literal positions on both sides of 64, 128 and 256 tokens.
    for (const std::size_t length : {61U, 62U, 63U, 64U, 65U, 127U, 128U, 129U, 255U, 256U, 257U}) {
        CAPTURE(length);
        const std::string run(length, 'a');
        const Glob glob{"/?" + run + "*[b]" + run + "**c"};
        const auto good = "/x" + run + "zzb" + run;
        CHECK(letter(glob.answer(good + "/y/c", false)) == 'm');
        CHECK(letter(glob.answer(good + "c/below", false)) == 'm');
        CHECK(letter(glob.answer(good + "/y/d", false)) == 'b');
        CHECK(letter(glob.answer("/x" + run + "z/b" + run + "c", false)) == '.');
        CHECK(letter(glob.answer("/x" + run.substr(1) + "zzb" + run + "c", false)) == '.');
    }
}

TEST_CASE("no pattern makes matching slow")
{
    std::string stars = "/";
    for (int i = 0; i < 1000; ++i) {
        stars += i % 2 == 0 ? "*a" : "**a";
    }
    const Glob glob{stars + "[b]"};
    std::string path = "/";
    for (int i = 0; i < 2000; ++i) {
        path += "aaaaaaaa/a";
    }
    const auto begin = std::chrono::steady_clock::now();
    CHECK(letter(glob.answer(path, false)) == 'b');
    // A backtracking matcher would not end; this takes milliseconds.
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{10});
}
