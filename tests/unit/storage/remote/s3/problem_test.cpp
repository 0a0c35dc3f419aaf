#include "storage/remote/s3/problem.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace duplid;

namespace {

Error error_of(int status, const std::string& code, std::vector<http::Header> asked = {},
               const remote::S3Options& options = {})
{
    http::Answer answer;
    answer.status = status;
    answer.headers = {{"retry-after", "7"}};
    answer.text = fmt::format("<Error><Code>{}</Code><Message>its words</Message></Error>", code);
    s3::Call call;
    call.key = "p/name";
    call.object = "name";
    call.doing = "sending";
    call.headers = std::move(asked);
    s3::Place place;
    place.bucket = "bucket";
    return s3::error_from_answer(call, answer, place, options);
}

}  // namespace

TEST_CASE("codes decide what a refusal means, and the status where a code is unknown")
{
    using Kind = Error::Kind;
    struct Row {
        int status;
        std::string code;
        Kind kind;
    };
    for (const auto& row :
         {Row{403, "SignatureDoesNotMatch", Kind::denied}, Row{403, "AccessDenied", Kind::denied},
          Row{403, "QuotaExceeded", Kind::no_space}, Row{404, "NoSuchKey", Kind::not_found},
          Row{404, "NoSuchBucket", Kind::not_found}, Row{400, "RequestTimeout", Kind::unreachable},
          Row{400, "BadDigest", Kind::corrupt},
          Row{400, "XAmzContentSHA256Mismatch", Kind::corrupt},
          Row{409, "OperationAborted", Kind::unreachable}, Row{503, "SlowDown", Kind::unreachable},
          Row{500, "Unheard", Kind::unreachable}, Row{400, "Unheard", Kind::invalid},
          Row{507, "Unheard", Kind::no_space}, Row{403, "InvalidObjectState", Kind::denied}}) {
        CAPTURE(row.code);
        const auto error = error_of(row.status, row.code);
        CHECK(error.kind() == row.kind);
        CHECK(std::string{error.what()}.find(
                  row.code == "NoSuchBucket" ? "\"bucket\"" : "its words") != std::string::npos);
    }
}

TEST_CASE("a service that asks for patience is given what it asks for")
{
    const auto error = error_of(503, "SlowDown");
    REQUIRE(error.fact("throttled") != nullptr);
    REQUIRE(error.fact("retry_after") != nullptr);
    CHECK(*error.fact("retry_after") == "7");
}

TEST_CASE("a service that does not know a class or encryption is told with the option")
{
    remote::S3Options options;
    options.storage_class = remote::S3StorageClass::glacier;
    const auto of_class =
        error_of(400, "InvalidStorageClass", {{"x-amz-storage-class", "GLACIER"}}, options);
    CHECK(of_class.kind() == Error::Kind::invalid);
    CHECK(of_class.hint().find("--s3-use-glacier") != std::string::npos);
    const auto of_encryption =
        error_of(501, "NotImplemented", {{"x-amz-server-side-encryption", "AES256"}}, options);
    CHECK(of_encryption.hint().find("--s3-use-server-side-encryption") != std::string::npos);
}

TEST_CASE("an archived object is told with the command that wakes it")
{
    const auto error = error_of(403, "InvalidObjectState");
    CHECK(std::string{error.what()}.find("archive class") != std::string::npos);
    CHECK(error.hint().find("--bucket bucket --key p/name") != std::string::npos);
}

TEST_CASE("control characters in a server's words do not reach a terminal")
{
    http::Answer answer;
    answer.status = 403;
    answer.text = "<Error><Code>AccessDenied</Code><Message>a&#10;b&#127;c</Message></Error>";
    const std::string text = s3::error_from_answer({}, answer, {}, {}).what();
    CHECK(text.find_first_of("\n\x7f") == std::string::npos);
    CHECK(text.find("a\\x0ab\\x7fc") != std::string::npos);
}
