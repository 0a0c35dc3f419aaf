#include "storage/remote/s3/upload.hpp"

#include "storage/io/base64.hpp"
#include "storage/io/error.hpp"
#include "storage/remote/s3/content.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <fmt/format.h>
#include <mutex>
#include <system_error>
#include <thread>

namespace duplid::s3 {

namespace {

// The limits of S3 (backends.md 4.1).
constexpr std::uint64_t part_bytes_min = std::uint64_t{5} << 20U;
constexpr std::uint64_t parts_max = 10'000;
constexpr std::chrono::hours sweep_age{24};

Error changed_on_its_way(const std::string& doing, const std::string& object)
{
    return {Error::Kind::corrupt,
            fmt::format("{}: the server's ETag is not the MD5 sum of what was sent", doing),
            object};
}

/// Parts that several threads take in turn.
class Parts {
public:
    Parts(Service& service, const Upload& upload, const Cut& cut, std::string id)
        : service_{service}, upload_{upload}, cut_{cut}, id_{std::move(id)}, tags_(cut.parts),
          sums_(cut.parts)
    {
    }

    // The first failure ends it; parts that are under way by then end by themselves.
    void send()
    {
        const auto wanted = std::max(1U, service_.options().s3.part_connections);
        const auto threads = std::min<std::uint64_t>(wanted, cut_.parts);
        {
            std::vector<std::jthread> helpers;
            try {
                for (std::uint64_t i = 1; i < threads; ++i) {
                    helpers.emplace_back([this] { work(); });
                }
            } catch (const std::system_error&) {
                // With fewer threads it only takes longer.
            }
            work();
        }
        if (failure_) {
            std::rethrow_exception(failure_);
        }
    }

    [[nodiscard]] const std::vector<std::string>& tags() const noexcept { return tags_; }
    [[nodiscard]] const std::vector<std::string>& sums() const noexcept { return sums_; }

private:
    void work() noexcept
    {
        try {
            for (auto part = next_++; part < cut_.parts; part = next_++) {
                send(part);
            }
        } catch (...) {
            next_ = cut_.parts;
            const std::lock_guard guard{mutex_};
            if (!failure_) {
                failure_ = std::current_exception();
            }
        }
    }

    void send(std::uint64_t part)
    {
        const auto offset = part * cut_.part_bytes;
        const curl::FilePart file{upload_.fd, offset,
                                  std::min(cut_.part_bytes, upload_.bytes - offset)};
        const auto digest = digest_of(file, service_.is_plain(), service_.options().stop);
        Call call;
        call.method = "PUT";
        call.key = upload_.key;
        call.parameters = {{"partNumber", std::to_string(part + 1)}, {"uploadId", id_}};
        call.headers = {{"content-md5", io::base64_of_hex(digest.md5)}};
        call.body = file;
        call.payload_sha256 = digest.sha256;
        call.time_max = service_.options().s3.part_timeout;
        call.doing = fmt::format("sending part {} of {}", part + 1, cut_.parts);
        call.object = upload_.object;
        const auto answer = service_.require(call);
        if (judge_tag(answer, digest.md5, service_.place().is_amazon()) == TagVerdict::differs) {
            throw changed_on_its_way(call.doing, call.object);
        }
        sums_[part] = digest.md5;
        tags_[part] = tag_of(answer);
    }

    Service& service_;
    const Upload& upload_;
    const Cut cut_;
    const std::string id_;
    std::vector<std::string> tags_;
    std::vector<std::string> sums_;
    std::atomic<std::uint64_t> next_{0};
    std::mutex mutex_;
    std::exception_ptr failure_{};
};

std::string begin(Service& service, const Upload& upload)
{
    Call call;
    call.method = "POST";
    call.key = upload.key;
    call.parameters = {{"uploads", ""}};
    call.headers = upload.headers;
    call.body = std::string{};
    call.doing = "beginning an upload";
    call.object = upload.object;
    return parse_upload_id(service.require(call).text, upload.object);
}

void abort(Service& service, const std::string& key, const std::string& id)
{
    Call call;
    call.method = "DELETE";
    call.key = key;
    call.parameters = {{"uploadId", id}};
    call.doing = "aborting an upload";
    try {
        service.require(call);
    } catch (const Error&) {
        // It is swept another day.
    }
}

// The service may answer 200 at once, to keep the connection alive, and tell a failure in the body.
bool complete(Service& service, const Upload& upload, const std::string& id, const Parts& parts)
{
    Call call;
    call.method = "POST";
    call.key = upload.key;
    call.parameters = {{"uploadId", id}};
    call.body = completion_body(parts.tags());
    call.doing = "completing an upload";
    call.object = upload.object;
    auto answer = service.require(call);
    if (const auto problem = parse_problem(answer.text); !problem.code.empty()) {
        throw service.error_of(call, problem);
    }
    if (const auto tag = parse_completion(answer.text, upload.object); !tag.empty()) {
        answer.headers.push_back({"etag", tag});
    }
    const auto verdict =
        judge_tag(answer, composite_tag(parts.sums()), service.place().is_amazon());
    if (verdict == TagVerdict::differs) {
        throw changed_on_its_way(call.doing, call.object);
    }
    return verdict == TagVerdict::same;
}

}  // namespace

Cut cut_of(std::uint64_t bytes, std::uint64_t wanted_bytes) noexcept
{
    const auto needed = (bytes + parts_max - 1) / parts_max;
    const auto part_bytes = std::max({wanted_bytes, part_bytes_min, needed});
    return {part_bytes, std::max<std::uint64_t>(1, (bytes + part_bytes - 1) / part_bytes)};
}

bool send_whole(Service& service, const Upload& upload)
{
    const curl::FilePart file{upload.fd, 0, upload.bytes};
    const auto digest = digest_of(file, service.is_plain(), service.options().stop);
    Call call;
    call.method = "PUT";
    call.key = upload.key;
    call.headers = upload.headers;
    call.headers.push_back({"content-md5", io::base64_of_hex(digest.md5)});
    call.body = file;
    call.payload_sha256 = digest.sha256;
    call.doing = "sending";
    call.object = upload.object;
    const auto answer = service.require(call);
    const auto verdict = judge_tag(answer, digest.md5, service.place().is_amazon());
    if (verdict == TagVerdict::differs) {
        throw changed_on_its_way(call.doing, call.object);
    }
    return verdict == TagVerdict::same;
}

bool send_in_parts(Service& service, const Upload& upload, const Cut& cut)
{
    const auto id = begin(service, upload);
    try {
        Parts parts{service, upload, cut, id};
        parts.send();
        return complete(service, upload, id, parts);
    } catch (const Error&) {
        abort(service, upload.key, id);
        throw;
    }
}

void sweep_uploads(Service& service)
{
    Call call;
    call.parameters = {
        {"encoding-type", "url"}, {"prefix", service.place().prefix}, {"uploads", ""}};
    call.doing = "looking for old uploads";
    call.object = service.place().description;
    try {
        for (const auto& upload : parse_uploads(service.require(call).text, call.object)) {
            const auto begun = parse_time(upload.begun);
            const bool is_ours =
                upload.key.starts_with(service.place().prefix) &&
                upload.key.find('/', service.place().prefix.size()) == std::string::npos;
            if (is_ours && begun && service.now() - *begun > sweep_age) {
                abort(service, upload.key, upload.id);
            }
        }
    } catch (const Error& error) {
        // The right to list uploads is one of its own.
        if (error.kind() == Error::Kind::cancelled) {
            throw;
        }
    }
}

}  // namespace duplid::s3
