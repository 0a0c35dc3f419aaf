// The key, its fingerprint and the hashed line were made by ssh-keygen of OpenSSH 9.2 (-t ed25519,
// -l, -H).
#include "storage/io/base64.hpp"
#include "storage/remote/ssh/known_hosts.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;
using namespace duplid::ssh;

namespace {

const std::string key_text = "AAAAC3NzaC1lZDI1NTE5AAAAIA2JJVD5o+epBQNUguN5HjhzC8d5t0+smPtm0Og12PHz";
const HostKey key{"ssh-ed25519", io::unbase64(key_text).value()};
const HostKey other{"ssh-ed25519", io::unbase64("AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAA=").value()};
const HostKey of_other_type{"ssh-rsa", io::unbase64("AAAAB3NzaC1yc2E=").value()};

KnownHosts hosts(const std::string& text)
{
    KnownHosts known;
    known.add(text, "/kh");
    return known;
}

}  // namespace

TEST_CASE("a fingerprint is ssh-keygen's")
{
    CHECK(fingerprint(key.blob) == "SHA256:S5NRHqKZt2DIneD0gJbFi47iaPZNRqeJFglg3Qhub5M");
}

TEST_CASE("a host is known by its name, its patterns and its hashed name")
{
    const auto line = " ssh-ed25519 " + key_text + "\n";
    for (const auto& names :
         {std::string{"[box.example]:2222"}, std::string{"x,[box.example]:2222"},
          std::string{"[*.example]:2222"},
          std::string{"|1|58ZOiQBiLh7Rxf+UM3RjN50lYEE=|zSxqJVrl2yf10NDVJNAgCGpcEWM="}}) {
        CAPTURE(names);
        const auto known = hosts("# a comment\n\n" + names + line);
        CHECK(known.look_up("box.example", 2222, key) == Acquaintance::known);
        CHECK(known.look_up("box.example", 2222, other) == Acquaintance::changed);
        CHECK(known.look_up("box.example", 2222, of_other_type) == Acquaintance::unknown);
        CHECK(known.look_up("box.example", 22, key) == Acquaintance::unknown);
        CHECK(known.look_up("box.test", 2222, key) == Acquaintance::unknown);
        CHECK(known.types_for("box.example", 2222) == std::vector<std::string>{"ssh-ed25519"});
        CHECK(known.place_of("box.example", 2222, "ssh-ed25519") == "/kh:3");
    }
    CHECK(hosts("*.example,!box.example" + line).look_up("box.example", 22, key) ==
          Acquaintance::unknown);
}

TEST_CASE("a name without port counts for every port, but never as a changed key")
{
    const auto known = hosts("box.example ssh-ed25519 " + key_text + "\n");
    CHECK(known.look_up("box.example", 2222, key) == Acquaintance::known);
    CHECK(known.look_up("box.example", 2222, other) == Acquaintance::unknown);
    CHECK(known.look_up("box.example", 22, other) == Acquaintance::changed);
}

TEST_CASE("several keys of one host are all good, and a revoked one is not")
{
    const auto known =
        hosts("box ssh-ed25519 " + io::base64(other.blob) + "\nbox ssh-ed25519 " + key_text + "\n");
    CHECK(known.look_up("box", 22, key) == Acquaintance::known);
    CHECK(known.look_up("box", 22, other) == Acquaintance::known);
    const auto revoked =
        hosts("box ssh-ed25519 " + key_text + "\n@revoked * ssh-ed25519 " + key_text + "\n");
    CHECK(revoked.look_up("box", 22, key) == Acquaintance::revoked);
}

TEST_CASE("a certificate authority's line is no key of the host")
{
    const auto known = hosts("@cert-authority *.example ssh-ed25519 " + key_text + "\n");
    CHECK(known.look_up("box.example", 22, key) == Acquaintance::unknown);
    CHECK(known.has_authority("box.example", 22));
    CHECK_FALSE(known.has_authority("box.test", 22));
    CHECK(known.types_for("box.example", 22).empty());
}

TEST_CASE("a line that was written is read again")
{
    for (const bool hashed : {false, true}) {
        CAPTURE(hashed);
        const auto line = known_line("box.example", 2222, key, hashed);
        CHECK((line.find("box") == std::string::npos) == hashed);
        CHECK(hosts(line).look_up("box.example", 2222, key) == Acquaintance::known);
    }
}

TEST_CASE("malformed lines are passed over")
{
    const auto known =
        hosts("box\nbox ssh-ed25519\nbox ssh-ed25519 ???\n@what box ssh-ed25519 " + key_text +
              "\n|1|x ssh-ed25519 " + key_text + "\nbox ssh-ed25519 " + key_text);
    CHECK(known.look_up("box", 22, key) == Acquaintance::known);
    CHECK(known.place_of("box", 22, "ssh-ed25519") == "/kh:6");
}
