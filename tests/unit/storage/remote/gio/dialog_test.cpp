#include "storage/remote/gio/dialog.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace duplid;
using gio::Dialog;
using Reply = Dialog::Reply;
using Trouble = Dialog::Trouble;

namespace {

std::vector<Reply> replies(Dialog& dialog, const std::vector<std::string>& heard)
{
    std::vector<Reply> said;
    for (const auto& piece : heard) {
        said.push_back(dialog.hear(piece));
    }
    return said;
}

}  // namespace

TEST_CASE("user and domain get their defaults, the password is told once")
{
    Dialog dialog{true, true};
    CHECK(replies(dialog, {"Authentication Required\nEnter user and password for share:\n",
                           "User [me]: ", "Domain [WORKGROUP]: ", "Password: ", "\n"}) ==
          std::vector{Reply::nothing, Reply::blank, Reply::blank, Reply::password, Reply::nothing});
    CHECK(dialog.trouble() == Trouble::none);
    CHECK(dialog.said() == "Authentication Required Enter user and password for share:");
}

TEST_CASE("a user without a default is told, if there is one")
{
    Dialog knowing{true, true};
    CHECK(knowing.hear("Enter\nUser: ") == Reply::user);
    Dialog ignorant{false, true};
    CHECK(ignorant.hear("Enter\nUser: ") == Reply::blank);
}

TEST_CASE("prompts may come in pieces and together with what stands before them")
{
    Dialog dialog{true, true};
    CHECK(replies(dialog, {"Enter password", "\nPass", "word", ":", " "}) ==
          std::vector{Reply::nothing, Reply::nothing, Reply::nothing, Reply::nothing,
                      Reply::password});
}

TEST_CASE("a password that is asked for again was wrong")
{
    Dialog dialog{true, true};
    CHECK(replies(dialog, {"Enter password\nPassword: ", "\nEnter password\nPassword: "}) ==
          std::vector{Reply::password, Reply::hang_up});
    CHECK(dialog.trouble() == Trouble::wrong_password);
    CHECK(dialog.hear("\nPassword: ") == Reply::nothing);
}

TEST_CASE("a password that nobody gave is not made up")
{
    Dialog dialog{true, false};
    CHECK(dialog.hear("Enter password\nPassword: ") == Reply::hang_up);
    CHECK(dialog.trouble() == Trouble::no_password);
}

TEST_CASE("questions are not answered, and can be shown")
{
    Dialog dialog{true, true};
    CHECK(dialog.hear("Identity Verification Failed\nThe identity sent is \xe2\x80\x9cSHA256:x"
                      "\xe2\x80\x9d.\n[1] Log In Anyway\n[2] Cancel Login\nChoice: ") ==
          Reply::hang_up);
    CHECK(dialog.trouble() == Trouble::question);
    CHECK(dialog.said() == "Identity Verification Failed The identity sent is \xe2\x80\x9cSHA256:x"
                           "\xe2\x80\x9d. [1] Log In Anyway [2] Cancel Login");
}

TEST_CASE("only the words of a prompt at the end of all are one")
{
    Dialog dialog{true, true};
    for (const auto* said : {"The Password: ", "is it\n", "Password:", "\nPassword: \n", "User: x",
                             "\nUser [a]x: ", "\n: ", "\nPIM: "}) {
        CAPTURE(said);
        CHECK(dialog.hear(said) == Reply::nothing);
    }
}

TEST_CASE("endless talk is not kept")
{
    Dialog dialog{true, true};
    const std::string much(100'000, 'x');
    for (int round = 0; round < 100; ++round) {
        CHECK(dialog.hear(much) == Reply::nothing);
    }
    CHECK(dialog.said().size() <= 500);
    CHECK(dialog.hear("\nPassword: ") == Reply::password);
}
