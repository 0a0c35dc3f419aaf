#include "storage/remote/s3/problem.hpp"

#include "storage/io/text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace duplid::s3 {

namespace {

using Kind = Error::Kind;

struct Meaning {
    std::string_view code;
    Kind kind;
    std::string_view hint{};
    bool is_throttled = false;
};

constexpr std::string_view wrong_secret =
    "the secret access key does not belong to the access key id";

// What is not here goes by its status. Sorted by code.
constexpr std::array meanings{
    Meaning{"AccessDenied", Kind::denied, "the account lacks a right on this bucket"},
    Meaning{"AllAccessDisabled", Kind::denied},
    Meaning{"AuthorizationHeaderMalformed", Kind::denied, "look at --s3-region-name"},
    Meaning{"BadDigest", Kind::corrupt},
    Meaning{"BandwidthLimitExceeded", Kind::unreachable, {}, true},
    Meaning{"BucketAlreadyExists", Kind::denied, "the bucket's name is taken by somebody else"},
    Meaning{"ConditionalRequestConflict", Kind::unreachable},
    Meaning{"ExpiredToken", Kind::denied, "the session has expired; get new credentials"},
    Meaning{"IncompleteBody", Kind::unreachable},
    Meaning{"InsufficientStorage", Kind::no_space},
    Meaning{"InternalError", Kind::unreachable},
    Meaning{"InvalidAccessKeyId", Kind::denied, "there is no such access key id"},
    Meaning{"InvalidDigest", Kind::corrupt},
    Meaning{"InvalidToken", Kind::denied, "look at AWS_SESSION_TOKEN"},
    Meaning{"NoSuchKey", Kind::not_found},
    Meaning{"NoSuchUpload", Kind::unreachable, "somebody has aborted the upload"},
    Meaning{"OperationAborted", Kind::unreachable},
    Meaning{"QuotaExceeded", Kind::no_space},
    Meaning{"RequestLimitExceeded", Kind::unreachable, {}, true},
    Meaning{"RequestTimeTooSkewed", Kind::denied, "set this machine's clock"},
    Meaning{"RequestTimeout", Kind::unreachable},
    Meaning{"ServiceUnavailable", Kind::unreachable, {}, true},
    Meaning{"SignatureDoesNotMatch", Kind::denied, wrong_secret},
    Meaning{"SlowDown", Kind::unreachable, {}, true},
    Meaning{"Throttling", Kind::unreachable, {}, true},
    Meaning{"TokenRefreshRequired", Kind::denied, "the session has expired; get new credentials"},
    Meaning{"TooManyBuckets", Kind::denied},
    Meaning{"TooManyRequests", Kind::unreachable, {}, true},
    Meaning{"XAmzContentSHA256Mismatch", Kind::corrupt},
    Meaning{"XMinioStorageFull", Kind::no_space},
};

static_assert(std::ranges::is_sorted(meanings, {}, &Meaning::code));

const Meaning* meaning_of(std::string_view code)
{
    const auto* const found = std::ranges::lower_bound(meanings, code, {}, &Meaning::code);
    return found != meanings.end() && found->code == code ? found : nullptr;
}

std::string words_of(const Problem& problem)
{
    if (problem.code.empty()) {
        return {};
    }
    return io::printable(problem.message.empty()
                             ? problem.code
                             : fmt::format("{}: {}", problem.code, problem.message));
}

// A server may not know what an option asks for.
bool is_about_an_option(std::string_view code)
{
    constexpr std::array<std::string_view, 6> codes{
        "InvalidArgument",     "InvalidEncryptionAlgorithmError", "InvalidRequest",
        "InvalidStorageClass", "KMS.NotFoundException",           "NotImplemented"};
    return std::ranges::find(codes, code) != codes.end();
}

std::string suspected_options(const Call& call, const remote::S3Options& options)
{
    std::string names;
    const auto add = [&](std::string_view name) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
    };
    for (const auto& header : call.headers) {
        if (header.name == "x-amz-storage-class") {
            add(names_of(options.storage_class).option);
        } else if (header.name == "x-amz-server-side-encryption") {
            add(options.server_side_kms_encryption ? "--s3-use-server-side-kms-encryption"
                                                   : "--s3-use-server-side-encryption");
        } else if (header.name == "x-amz-grant-full-control") {
            add("--s3-kms-grant");
        }
    }
    return names.empty() ? names : "this server may not take " + names;
}

Error archived(const Call& call, const Place& place, const std::string& words)
{
    return Error{Kind::denied,
                 fmt::format("{}: {} is in an archive class and has to be restored by the "
                             "service before it can be read ({})",
                             call.doing, call.object, words),
                 call.object,
                 fmt::format("aws s3api restore-object --bucket {} --key {} --restore-request "
                             "Days=7, wait until that is done (hours), then ask again",
                             place.bucket, io::printable(call.key))};
}

}  // namespace

ClassNames names_of(remote::S3StorageClass storage_class)
{
    using Class = remote::S3StorageClass;
    switch (storage_class) {
    case Class::standard:
        return {};
    case Class::reduced_redundancy:
        return {"REDUCED_REDUNDANCY", "--s3-use-rrs"};
    case Class::infrequent:
        return {"STANDARD_IA", "--s3-use-ia"};
    case Class::one_zone_infrequent:
        return {"ONEZONE_IA", "--s3-use-onezone-ia"};
    case Class::glacier:
        return {"GLACIER", "--s3-use-glacier"};
    case Class::glacier_instant:
        return {"GLACIER_IR", "--s3-use-glacier-ir"};
    case Class::deep_archive:
        return {"DEEP_ARCHIVE", "--s3-use-deep-archive"};
    }
    return {};
}

Error missing_bucket(const Place& place)
{
    return {Kind::not_found, fmt::format("there is no bucket \"{}\"", place.bucket),
            place.description, "make it first, or look at the URL's spelling"};
}

bool is_expired_session(const Problem& problem)
{
    return problem.code == "ExpiredToken" || problem.code == "TokenRefreshRequired" ||
           problem.code == "InvalidToken";
}

bool is_not_offered(const http::Answer& answer)
{
    return answer.status == 400 || answer.status == 405 || answer.status == 501;
}

namespace {

Error from_problem(const Call& call, const Problem& problem, const Place& place,
                   const remote::S3Options& options, std::uint32_t patience)
{
    const auto words = words_of(problem);
    if (problem.code == "NoSuchBucket") {
        return missing_bucket(place);
    }
    if (problem.code == "InvalidObjectState") {
        return archived(call, place, words);
    }
    const auto text = fmt::format("{}: the server answers {}", call.doing, words);
    if (is_about_an_option(problem.code)) {
        return {Kind::invalid, text, call.object, suspected_options(call, options)};
    }
    const auto* const meaning = meaning_of(problem.code);
    if (meaning == nullptr) {
        return {Kind::unreachable, text, call.object};
    }
    const Error error{meaning->kind, text, call.object, std::string{meaning->hint}};
    return meaning->is_throttled
               ? error.with_facts({{"throttled", "yes"}, {"retry_after", std::to_string(patience)}})
               : error;
}

}  // namespace

Error error_from_problem(const Call& call, const Problem& problem, const Place& place,
                         const remote::S3Options& options)
{
    return from_problem(call, problem, place, options, 0);
}

Error error_from_answer(const Call& call, const http::Answer& answer, const Place& place,
                        const remote::S3Options& options)
{
    const auto problem = parse_problem(answer.text);
    const bool is_known = meaning_of(problem.code) != nullptr || is_about_an_option(problem.code) ||
                          problem.code == "NoSuchBucket" || problem.code == "InvalidObjectState";
    if (!is_known) {
        http::Request request;
        request.doing = call.doing;
        request.object = call.object;
        return http::error_from_status(request, answer, words_of(problem));
    }
    return from_problem(call, problem, place, options, http::retry_after(answer))
        .with_facts({{"status", std::to_string(answer.status)}});
}

}  // namespace duplid::s3
