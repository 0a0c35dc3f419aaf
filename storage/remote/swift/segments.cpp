#include "storage/remote/swift/segments.hpp"

#include "storage/remote/curl/part_digest.hpp"
#include "storage/remote/http/percent.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace duplid::swift {

namespace {

constexpr std::size_t pages_max = 20'000;

/// Seconds and nanoseconds: no two uploads share their segments' names.
std::string time_now()
{
    const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    return fmt::format("{}.{:09}", now / 1'000'000'000, now % 1'000'000'000);
}

}  // namespace

Cut cut_of(std::uint64_t file_bytes, std::uint64_t segment_bytes, const Abilities& abilities)
{
    const auto parts = [&](std::uint64_t bytes) { return (file_bytes + bytes - 1) / bytes; };
    const auto wanted = std::clamp<std::uint64_t>(segment_bytes, 1, abilities.object_bytes_max);
    const auto enough = std::max(wanted, parts(abilities.segments_max));
    return {enough, parts(enough)};
}

bool is_large_object(const http::Answer& answer) noexcept
{
    return !answer.header("x-static-large-object").empty() ||
           !answer.header("x-object-manifest").empty();
}

LargeObject::LargeObject(Service& service, std::string container, std::string name,
                         std::string file)
    : service_{service}, container_{std::move(container)},
      segments_container_{container_ + "_segments"}, name_{std::move(name)}, file_{std::move(file)}
{
}

http::Request LargeObject::request(std::string method, std::string url,
                                   std::string_view doing) const
{
    http::Request asked;
    asked.method = std::move(method);
    asked.url = std::move(url);
    asked.doing = doing;
    asked.object = file_;
    return asked;
}

std::vector<std::string> LargeObject::segments_now(const http::Answer& head)
{
    std::vector<std::string> paths;
    if (!head.is_good()) {
        return paths;
    }
    const auto own = fmt::format("/{}/{}/", segments_container_, name_);
    if (!head.header("x-static-large-object").empty()) {
        const auto answer =
            service_.ask(request("GET", encoded_path(container_, name_) + "?multipart-manifest=get",
                                 "reading the list of segments"));
        if (answer.is_good()) {
            paths = parse_manifest(answer.text, file_);
        }
    } else if (!head.header("x-object-manifest").empty()) {
        // "container/prefix", encoded: the segments are whatever begins like that.
        const auto place = '/' + http::percent_decoded(head.header("x-object-manifest"));
        if (place.starts_with(own)) {
            paths = listed(place.substr(segments_container_.size() + 2));
        }
    }
    std::erase_if(paths, [&](const std::string& path) { return !path.starts_with(own); });
    return paths;
}

std::vector<std::string> LargeObject::listed(const std::string& prefix)
{
    std::vector<std::string> paths;
    std::string marker;
    for (std::size_t pages = 0; pages < pages_max; ++pages) {
        const auto answer = service_.ask(request(
            "GET",
            fmt::format("{}?format=json&marker={}&prefix={}", encoded_path(segments_container_),
                        http::percent_encoded(marker), http::percent_encoded(prefix)),
            "listing segments"));
        const auto page =
            answer.is_good() && answer.status != 204 ? parse_page(answer.text, file_) : Page{};
        for (const auto& segment : page.objects) {
            paths.push_back(fmt::format("/{}/{}", segments_container_, segment.name));
        }
        if (page.last.empty()) {
            break;
        }
        marker = page.last;
    }
    return paths;
}

void LargeObject::make_container()
{
    const auto url = encoded_path(segments_container_);
    auto head = request("HEAD", url, "looking for the container of segments");
    const auto answer = service_.ask(head);
    if (answer.status != 404) {
        return;
    }
    auto made = request("PUT", url, "making the container of segments");
    made.body = std::string{};
    if (const auto& policy = service_.account().policy; !policy.empty()) {
        made.headers.push_back({"X-Storage-Policy", policy});
    }
    service_.perform(made);
}

void LargeObject::put(const curl::FilePart& file)
{
    const auto abilities = service_.abilities();
    auto wanted = service_.options().swift.segment_bytes;
    wanted = wanted == 0 ? abilities.object_bytes_max : wanted;
    const auto cut = cut_of(file.bytes, wanted, abilities);
    const bool is_static = abilities.has_static_large_objects;
    const auto directory = fmt::format("{}/{}{}/{}/{}/", name_, is_static ? "slo/" : "", time_now(),
                                       file.bytes, cut.segment_bytes);
    make_container();
    std::vector<std::string> paths;
    std::vector<std::string> entries;
    try {
        for (std::uint64_t number = 0; number < cut.segments; ++number) {
            const auto offset = number * cut.segment_bytes;
            const curl::FilePart part{file.fd, file.offset + offset,
                                      std::min(cut.segment_bytes, file.bytes - offset)};
            const auto md5 = curl::digest_hex(io::Digest::Algorithm::md5, part);
            const auto segment = fmt::format("{}{:08}", directory, number);
            paths.push_back(fmt::format("/{}/{}", segments_container_, segment));
            auto sent =
                request("PUT", encoded_path(segments_container_, segment), "uploading a segment");
            sent.headers = {{"ETag", md5}, {"Content-Type", "application/octet-stream"}};
            sent.body = part;
            service_.perform(sent);
            entries.push_back(
                nlohmann::json{{"path", paths.back()}, {"etag", md5}, {"size_bytes", part.bytes}}
                    .dump());
        }
        if (is_static) {
            put_static(entries);
        } else {
            put_dynamic(directory, file.bytes);
        }
    } catch (...) {
        delete_segments(paths);
        throw;
    }
}

void LargeObject::put_static(const std::vector<std::string>& entries)
{
    auto sent = request("PUT", encoded_path(container_, name_) + "?multipart-manifest=put",
                        "making a file of its segments");
    sent.headers = {{"Content-Type", "application/octet-stream"}};
    sent.body = fmt::format("[{}]", fmt::join(entries, ","));
    service_.perform(sent);
}

// Nobody checks that the segments behind such a manifest are all there, so we look at their sum.
void LargeObject::put_dynamic(const std::string& directory, std::uint64_t bytes)
{
    auto sent = request("PUT", encoded_path(container_, name_), "making a file of its segments");
    sent.headers = {{"X-Object-Manifest", encoded_path(segments_container_, directory).substr(1)},
                    {"Content-Type", "application/octet-stream"}};
    sent.body = std::string{};
    service_.perform(sent);
    const auto answer = service_.perform(
        request("HEAD", encoded_path(container_, name_), "looking at what was uploaded"));
    if (answer.content_bytes() != bytes) {
        throw Error{Error::Kind::corrupt,
                    fmt::format("{} bytes were uploaded, and the server says it has {}", bytes,
                                answer.content_bytes().value_or(0)),
                    file_};
    }
}

void LargeObject::delete_segments(const std::vector<std::string>& paths)
{
    std::size_t left = 0;
    for (const auto& path : paths) {
        try {
            const auto answer = service_.ask(
                request("DELETE", http::percent_encoded(path, "/"), "deleting a segment"));
            left += answer.is_good() || answer.status == 404 ? 0 : 1;
        } catch (const Error&) {
            ++left;  // whatever made this necessary matters more
        }
    }
    if (left > 0) {
        service_.options().notice(fmt::format(
            "{} segments of {} that are not needed any more could not be deleted; they are in the "
            "container {}",
            left, file_, segments_container_));
    }
}

}  // namespace duplid::swift
