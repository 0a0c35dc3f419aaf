#include "storage/remote/s3/s3_remote.hpp"

#include "storage/io/base64.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/sweep.hpp"
#include "storage/remote/s3/content.hpp"
#include "storage/remote/s3/problem.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <optional>

namespace duplid::s3 {

namespace {

constexpr std::size_t batch_keys_max = 1000;
constexpr int missing = 404;
constexpr int range_not_satisfiable = 416;

/// Passes on what comes, and its MD5 sum is known in the end, unless nobody would look at it.
class SummingSink final : public io::Sink {
public:
    explicit SummingSink(io::Sink& next) : next_{next} {}
    void leave_out_sum() noexcept { digest_.reset(); }
    void write(io::ByteView bytes) override
    {
        if (digest_) {
            digest_->add(bytes);
        }
        next_.write(bytes);
    }
    [[nodiscard]] std::optional<std::string> md5()
    {
        return digest_ ? std::optional{digest_->hex()} : std::nullopt;
    }

private:
    io::Sink& next_;
    std::optional<io::Digest> digest_{std::in_place, io::Digest::Algorithm::md5};
};

/// Collects at most what was asked for.
class RangeSink final : public io::Sink {
public:
    explicit RangeSink(std::size_t bytes_max) : left_{bytes_max} {}
    void write(io::ByteView bytes) override
    {
        if (bytes.size() > left_) {
            throw Error{Error::Kind::invalid, "the server answers with more than was asked for"};
        }
        left_ -= bytes.size();
        io::append(bytes_, bytes);
    }
    [[nodiscard]] io::Bytes take() noexcept { return std::move(bytes_); }

private:
    std::size_t left_;
    io::Bytes bytes_;
};

bool is_manifest(std::string_view name)
{
    return name.find("manifest") != std::string_view::npos;
}

bool is_archive_class(remote::S3StorageClass storage_class)
{
    using Class = remote::S3StorageClass;
    return storage_class == Class::glacier || storage_class == Class::glacier_instant ||
           storage_class == Class::deep_archive;
}

}  // namespace

S3Remote::S3Remote(Place place, const remote::Url& url, const remote::RemoteOptions& options)
    : service_{std::move(place), url, options}
{
}

std::string S3Remote::description() const
{
    return service_.place().description;
}

std::string S3Remote::key_of(const std::string& name) const
{
    remote::check_name(name);
    return service_.place().prefix + name;
}

Page S3Remote::page(const std::string& token, const std::string& marker)
{
    Call call;
    // What lies below the names is no file of this target; the service leaves it out by
    // "delimiter".
    call.parameters = {{"delimiter", "/"},
                       {"encoding-type", "url"},
                       {"max-keys", "1000"},
                       {"prefix", service_.place().prefix}};
    call.doing = "listing";
    call.object = description();
    if (!lists_like_version_1_ && marker.empty()) {
        auto first = call;
        first.parameters.emplace_back("list-type", "2");
        if (!token.empty()) {
            first.parameters.emplace_back("continuation-token", token);
        }
        auto answer = service_.ask(first);
        if (!token.empty() || !is_not_offered(answer)) {
            return parse_page(service_.checked(first, std::move(answer)).text, call.object);
        }
    }
    if (!marker.empty()) {
        call.parameters.emplace_back("marker", marker);
    }
    auto found = parse_page(service_.require(call).text, call.object);
    lists_like_version_1_ = true;
    return found;
}

std::vector<remote::Listed> S3Remote::list()
{
    std::vector<remote::Listed> names;
    std::string token;
    std::string marker;
    for (;;) {
        auto found = page(token, marker);
        for (auto& object : found.objects) {
            if (!object.name.starts_with(service_.place().prefix)) {
                continue;
            }
            object.name.erase(0, service_.place().prefix.size());
            // "Folders" that other programs make are empty objects whose names end in a slash.
            if (!object.name.empty() && object.name.find('/') == std::string::npos &&
                !io::is_temporary_name(object.name)) {
                names.push_back(std::move(object));
            }
        }
        if (!found.is_truncated) {
            return names;
        }
        const bool is_stuck = found.token.empty() ? found.marker.empty() || found.marker == marker
                                                  : found.token == token;
        if (is_stuck) {
            throw Error{Error::Kind::unreachable, "listing: the server's pages do not go on",
                        description()};
        }
        // A server that does not know "list-type" answers like version 1 at once.
        token = found.token;
        marker = found.token.empty() ? found.marker : std::string{};
    }
}

std::vector<http::Header> S3Remote::headers_for(const std::string& name) const
{
    const auto& s3 = service_.options().s3;
    std::vector<http::Header> headers;
    // A chain is judged by its manifests, so they are never put where reading takes hours.
    const bool is_kept_near = is_archive_class(s3.storage_class) && is_manifest(name);
    if (const auto names = names_of(s3.storage_class); !names.word.empty() && !is_kept_near) {
        headers.push_back({"x-amz-storage-class", std::string{names.word}});
    }
    if (s3.server_side_kms_encryption) {
        headers.push_back({"x-amz-server-side-encryption", "aws:kms"});
        headers.push_back({"x-amz-server-side-encryption-aws-kms-key-id", s3.kms_key_id});
        if (!s3.kms_grant.empty()) {
            headers.push_back({"x-amz-grant-full-control", s3.kms_grant});
        }
    } else if (s3.server_side_encryption) {
        headers.push_back({"x-amz-server-side-encryption", "AES256"});
    }
    return headers;
}

void S3Remote::put(io::TempFile& spool, const std::string& name)
{
    const Upload upload{key_of(name), headers_for(name), spool.fd(), spool.bytes(), name};
    const auto cut = cut_of(upload.bytes, service_.options().s3.chunk_bytes);
    bool is_proven = false;
    if (cut.parts > 1) {
        std::call_once(swept_, [this] { sweep_uploads(service_); });
        is_proven = send_in_parts(service_, upload, cut);
    } else {
        is_proven = send_whole(service_, upload);
    }
    if (is_proven) {
        return;
    }
    const auto stored = size_of(name);
    if (!stored || *stored != upload.bytes) {
        throw Error{
            Error::Kind::corrupt,
            fmt::format("sending: {} bytes were stored of {}", stored.value_or(0), upload.bytes),
            name};
    }
}

void S3Remote::get(const std::string& name, io::Sink& sink)
{
    SummingSink summing{sink};
    Call call;
    call.key = key_of(name);
    call.into = &summing;
    const bool is_amazon = service_.place().is_amazon();
    // What went up in parts has a sum of their sums, and where they were cut is not told: summing
    // it up would cost more than all the rest of a get.
    call.before_body = [&](const http::Answer& answer) {
        if (!is_tag_of_whole(answer, is_amazon)) {
            summing.leave_out_sum();
        }
    };
    call.doing = "fetching";
    call.object = name;
    const auto answer = service_.require(call);
    const auto sum = summing.md5();
    if (sum && judge_tag(answer, *sum, is_amazon) == TagVerdict::differs) {
        throw Error{Error::Kind::corrupt,
                    "fetching: what arrived does not have the MD5 sum in the server's ETag", name};
    }
}

io::Bytes S3Remote::get_range(const std::string& name, std::uint64_t offset, std::size_t bytes)
{
    Call call;
    call.key = key_of(name);
    if (bytes == 0) {
        return {};
    }
    const auto room = std::numeric_limits<std::uint64_t>::max() - offset;
    const auto last = offset + std::min<std::uint64_t>(bytes - 1, room);
    call.headers = {{"range", fmt::format("bytes={}-{}", offset, last)}};
    RangeSink sink{bytes};
    call.into = &sink;
    call.doing = "fetching a part";
    call.object = name;
    auto answer = service_.ask(call);
    if (answer.status == range_not_satisfiable) {
        return {};
    }
    service_.checked(call, std::move(answer));
    return sink.take();
}

std::optional<std::uint64_t> S3Remote::size_of(const std::string& name)
{
    Call call;
    call.method = "HEAD";
    call.key = key_of(name);
    call.doing = "looking at";
    call.object = name;
    auto answer = service_.ask(call);
    if (answer.status == missing) {
        // The answer has no words: the bucket itself may be what is missing.
        service_.require_bucket(name);
        return std::nullopt;
    }
    answer = service_.checked(call, std::move(answer));
    return answer.content_bytes().value_or(remote::unknown_bytes);
}

void S3Remote::remove_one(const std::string& key)
{
    Call call;
    call.method = "DELETE";
    call.key = key;
    call.doing = "removing";
    call.object = key.substr(service_.place().prefix.size());
    const auto answer = service_.ask(call);
    const auto code = parse_problem(answer.text).code;
    if (!answer.is_good() && (answer.status != missing || code == "NoSuchBucket")) {
        throw service_.error_of(call, answer);
    }
}

bool S3Remote::remove_batch(std::span<const std::string> keys)
{
    Call call;
    call.method = "POST";
    call.parameters = {{"delete", ""}};
    auto body = deletion_body(keys);
    // Without it Amazon and Swift refuse this request.
    call.headers = {{"content-md5", io::base64_of_hex(io::digest_hex(io::Digest::Algorithm::md5,
                                                                     io::view_of(body)))}};
    call.body = std::move(body);
    call.doing = "removing";
    call.object = description();
    const auto answer = service_.ask(call);
    if (is_not_offered(answer)) {
        return false;
    }
    if (!answer.is_good()) {
        throw service_.error_of(call, answer);
    }
    for (const auto& left : parse_undeleted(answer.text, call.object)) {
        if (left.problem.code != "NoSuchKey") {
            call.object =
                left.key.substr(std::min(left.key.size(), service_.place().prefix.size()));
            throw service_.error_of(call, left.problem);
        }
    }
    return true;
}

void S3Remote::remove_some(std::span<const std::string> names)
{
    std::vector<std::string> batch;
    std::vector<std::string> single;
    for (const auto& name : names) {
        auto key = key_of(name);
        const bool fits = names.size() > 1 && !deletes_singly_ && fits_into_xml(key);
        (fits ? batch : single).push_back(std::move(key));
    }
    if (!batch.empty() && !remove_batch(batch)) {
        deletes_singly_ = true;
        std::ranges::move(batch, std::back_inserter(single));
    }
    for (const auto& key : single) {
        remove_one(key);
    }
}

void S3Remote::remove(std::span<const std::string> names)
{
    std::ranges::for_each(names, remote::check_name);
    while (!names.empty()) {
        const auto end = std::ranges::find_if(names, is_manifest);
        auto count = static_cast<std::size_t>(end - names.begin());
        count = std::clamp<std::size_t>(count, 1, batch_keys_max);
        remove_some(names.first(count));
        names = names.subspan(count);
    }
}

std::unique_ptr<remote::Remote> open(const remote::Url& url, const remote::RemoteOptions& options)
{
    auto place = place_of(url, options, aws_profile(options.variables));
    const auto& s3 = options.s3;
    const auto refuse = [&](const std::string& why) {
        throw Error{Error::Kind::invalid, why, place.description};
    };
    if (s3.server_side_kms_encryption && s3.kms_key_id.empty()) {
        refuse("--s3-use-server-side-kms-encryption needs --s3-kms-key-id");
    }
    if (s3.european_buckets && !s3.new_style) {
        refuse("--s3-european-buckets needs --s3-use-new-style");
    }
    if (place.is_google && s3.storage_class != remote::S3StorageClass::standard) {
        refuse(fmt::format("{} is no class of Google's storage: give the bucket a default class",
                           names_of(s3.storage_class).option));
    }
    if (place.is_google && (s3.server_side_encryption || s3.server_side_kms_encryption)) {
        refuse("Google's storage always encrypts, and takes no --s3-use-server-side-encryption");
    }
    if (url.query) {
        options.notice(fmt::format("what follows the '?' in the URL of {} has no meaning there",
                                   place.description));
    }
    return std::make_unique<S3Remote>(std::move(place), url, options);
}

}  // namespace duplid::s3
