#include "storage/io/secret.hpp"

#include <array>
#include <cstdint>
#include <doctest/doctest.h>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <type_traits>
#include <unistd.h>

using namespace duplid;

namespace {

/// The kernel's words for the mapping that holds `address` (proc(5), VmFlags).
std::string flags_of(const char* address)
{
    std::ifstream maps{"/proc/self/smaps"};
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    bool is_here = false;
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        char dash = 0;
        std::istringstream words{line};
        if (words >> std::hex >> begin >> dash >> end && dash == '-') {
            is_here = begin <= wanted && wanted < end;
        } else if (is_here && line.starts_with("VmFlags:")) {
            return line + " ";
        }
    }
    return {};
}

/// Whether this process may lock memory at all, and is not kept from it by a sanitizer.
bool can_lock()
{
    constexpr std::size_t page_bytes = 4096;
    void* const page =
        ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(page != MAP_FAILED);
    static_cast<void>(::mlock(page, page_bytes));
    const auto flags = flags_of(static_cast<const char*>(page));
    ::munmap(page, page_bytes);
    return flags.find(" lo ") != std::string::npos;
}

}  // namespace

TEST_CASE("a secret that was not given differs from an empty one")
{
    CHECK_FALSE(io::Secret{}.is_set());
    CHECK(io::Secret{}.reveal().empty());
    CHECK(io::Secret{""}.is_set());
    CHECK(io::Secret{""}.reveal().empty());
}

TEST_CASE("a secret keeps every byte, also of more than a page, and outlives its first copy")
{
    const auto text = std::string(10'000, 'x') + std::string{"\0\xff", 2};
    io::Secret copy;
    {
        const io::Secret first{text};
        copy = first;
        CHECK(copy.reveal().data() == first.reveal().data());
    }
    CHECK(copy.reveal() == text);
}

TEST_CASE("wiping leaves nothing, and touches nothing beside")
{
    std::array<char, 6> memory{'a', 'b', 'c', 'd', 'e', 'f'};
    io::wipe(memory.data() + 1, 4);
    CHECK(memory == std::array<char, 6>{'a', 0, 0, 0, 0, 'f'});
}

TEST_CASE("a secret does not turn into text by itself")
{
    CHECK_FALSE(std::is_convertible_v<io::Secret, std::string>);
    CHECK_FALSE(std::is_convertible_v<io::Secret, std::string_view>);
}

TEST_CASE("a secret is kept out of swap, core dumps and forks")
{
    const io::Secret secret{"geheim"};
    const auto flags = flags_of(secret.reveal().data());
    CAPTURE(flags);
    CHECK(flags.find(" dd ") != std::string::npos);  // not in dumps
    CHECK(flags.find(" wf ") != std::string::npos);  // wiped in forks
    CHECK((flags.find(" lo ") != std::string::npos) == can_lock());

    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::_exit(secret.reveal() == std::string_view{"\0\0\0\0\0\0", 6} ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(secret.reveal() == "geheim");
}

TEST_CASE("C programs find a zero byte behind a secret, also behind one that fills its pages")
{
    CHECK(std::string{io::Secret{}.c_str()}.empty());
    for (const std::size_t bytes : {0U, 1U, 4095U, 4096U, 8192U}) {
        CAPTURE(bytes);
        const io::Secret secret{std::string(bytes, 'x')};
        CHECK(secret.c_str() == secret.reveal().data());
        CHECK(secret.c_str()[bytes] == '\0');
    }
}

TEST_CASE("a buffer that somebody else keeps is shared, and given back with the last copy")
{
    bool is_gone = false;
    const std::string text{"geheim"};
    io::Secret copy;
    {
        const io::Secret shared{{text.data(), [&](const char*) { is_gone = true; }}, text.size()};
        copy = shared;
    }
    CHECK(copy.reveal().data() == text.data());
    CHECK_FALSE(is_gone);
    copy = {};
    CHECK(is_gone);
    CHECK_FALSE(io::Secret{nullptr, 0}.is_set());
}

TEST_CASE("secrets are equal when all their bytes are, or when there is none")
{
    CHECK(io::Secret{}.equals({}));
    CHECK(io::Secret{"a"}.equals(io::Secret{"a"}));
    CHECK_FALSE(io::Secret{""}.equals({}));
    CHECK_FALSE(io::Secret{}.equals(io::Secret{""}));
    CHECK_FALSE(io::Secret{"a"}.equals(io::Secret{"ab"}));
    CHECK_FALSE(io::Secret{"ax"}.equals(io::Secret{"ay"}));
    CHECK_FALSE(io::Secret{"xa"}.equals(io::Secret{"ya"}));
}
