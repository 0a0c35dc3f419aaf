#include "storage/remote/s3/content.hpp"

#include "storage/io/fd.hpp"
#include "storage/io/temp_file.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace duplid;
using s3::TagVerdict;

namespace {

http::Answer answer_with(const std::string& tag, std::vector<http::Header> more = {})
{
    http::Answer answer;
    answer.status = 200;
    answer.headers = std::move(more);
    answer.headers.push_back({"etag", tag});
    return answer;
}

// RFC 1321, A.5.
constexpr const char* md5_of_abc = "900150983cd24fb0d6963f7d28e17f72";

}  // namespace

TEST_CASE("a part of a file is summed where it lies, with or without its SHA-256")
{
    const auto file = io::TempFile::unnamed(io::default_temp_directory());
    io::write_full(file.fd(), io::view_of("xxabcyy"), "test");
    const auto both = s3::digest_of({file.fd(), 2, 3}, true, {});
    CHECK(both.md5 == md5_of_abc);
    // FIPS 180-2, B.1.
    CHECK(both.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(s3::digest_of({file.fd(), 2, 3}, false, {}).sha256.empty());
}

TEST_CASE("the tag of an object in parts is the sum of their sums and their number")
{
    // Recomputed with md5sum and xxd -r -p.
    const std::array<std::string, 2> sums{md5_of_abc, md5_of_abc};
    CHECK(s3::composite_tag(sums) == "043a916d6cfeecedf5e04f0312ba762d-2");
}

TEST_CASE("a tag proves content only where it is a digest of it")
{
    const std::string sum = md5_of_abc;
    const std::string other = "d41d8cd98f00b204e9800998ecf8427e";
    CHECK(s3::judge_tag(answer_with('"' + sum + '"'), sum, true) == TagVerdict::same);
    CHECK(s3::judge_tag(answer_with(sum), sum, false) == TagVerdict::same);
    CHECK(s3::judge_tag(answer_with('"' + other + '"'), sum, true) == TagVerdict::differs);
    CHECK(s3::judge_tag(answer_with('"' + other + "-2\""), sum, true) == TagVerdict::silent);
    CHECK(s3::judge_tag(answer_with("\"something\""), sum, true) == TagVerdict::silent);
    CHECK(s3::judge_tag({}, sum, true) == TagVerdict::silent);
    const http::Header kms{"x-amz-server-side-encryption", "aws:kms"};
    const http::Header aes{"x-amz-server-side-encryption", "AES256"};
    CHECK(s3::judge_tag(answer_with('"' + other + '"', {kms}), sum, true) == TagVerdict::silent);
    CHECK(s3::judge_tag(answer_with('"' + other + '"', {aes}), sum, true) == TagVerdict::differs);
    CHECK(s3::judge_tag(answer_with('"' + other + '"', {aes}), sum, false) == TagVerdict::silent);
}

TEST_CASE("only the tag of a whole is worth summing up what comes")
{
    const std::string sum = md5_of_abc;
    CHECK(s3::is_tag_of_whole(answer_with('"' + sum + '"'), false));
    CHECK_FALSE(s3::is_tag_of_whole(answer_with('"' + sum + "-3\""), false));
    CHECK_FALSE(s3::is_tag_of_whole(answer_with("\"something\""), false));
    CHECK_FALSE(s3::is_tag_of_whole({}, false));
    const http::Header aes{"x-amz-server-side-encryption", "AES256"};
    CHECK(s3::is_tag_of_whole(answer_with(sum, {aes}), true));
    CHECK_FALSE(s3::is_tag_of_whole(answer_with(sum, {aes}), false));
}
