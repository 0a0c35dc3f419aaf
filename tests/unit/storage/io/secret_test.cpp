#include "storage/io/secret.hpp"

#include <array>
#include <doctest/doctest.h>
#include <string>
#include <type_traits>

using namespace duplid;

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
