#include "storage/remote/swift/swift_remote.hpp"

#include "storage/io/sweep.hpp"
#include "storage/io/text.hpp"
#include "storage/remote/curl/part_digest.hpp"
#include "storage/remote/http/percent.hpp"
#include "storage/remote/swift/segments.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace duplid::swift {

namespace {

/// Larger ones no cluster takes in one piece.
constexpr std::uint64_t object_bytes_max = std::uint64_t{5} << 30U;
/// Against a server that goes on for ever.
constexpr std::size_t pages_max = 20'000;

http::Request request_for(std::string method, std::string_view doing, const std::string& object)
{
    http::Request request;
    request.method = std::move(method);
    request.doing = doing;
    request.object = object;
    return request;
}

std::string without_quotes(std::string_view tag)
{
    std::string text{tag};
    std::erase(text, '"');
    return text;
}

[[noreturn]] void say_missing(const std::string& name, const std::string& where)
{
    throw Error{Error::Kind::not_found,
                fmt::format("there is no {} in {}", io::printable(name), where), name};
}

}  // namespace

SwiftRemote::SwiftRemote(const remote::Url& url, const remote::RemoteOptions& options)
    : scheme_{url.scheme}, place_{remote::container_place(url, options)},
      service_{account_from(url.scheme, options), options}
{
}

std::string SwiftRemote::description() const
{
    return fmt::format("{}://{}/{}", scheme_, place_.container, place_.prefix);
}

std::string SwiftRemote::url_of(const std::string& name) const
{
    remote::check_name(name);
    return encoded_path(place_.container, place_.prefix + name);
}

// The container is looked for once. Afterwards its absence is an error: one that was removed must
// not be taken for a new, empty one.
void SwiftRemote::open_container()
{
    const std::lock_guard guard{opening_};
    if (is_open_) {
        return;
    }
    auto request = request_for("HEAD", "looking for the container", description());
    request.url = encoded_path(place_.container);
    const auto answer = service_.ask(request);
    const auto& wanted = service_.account().policy;
    if (answer.status == 404) {
        auto made = request_for("PUT", "making the container", description());
        made.url = request.url;
        made.body = std::string{};
        if (!wanted.empty()) {
            made.headers.push_back({"X-Storage-Policy", wanted});
        }
        service_.perform(made);
    } else if (!answer.is_good()) {
        throw error_from(request, answer);
    } else if (const auto policy = answer.header("x-storage-policy");
               !wanted.empty() && policy != wanted) {
        throw Error{Error::Kind::invalid,
                    fmt::format("the container {} has the storage policy \"{}\" and not \"{}\"",
                                place_.container, io::printable(policy), wanted),
                    description(), "the policy of a container cannot be changed; name another one"};
    }
    is_open_ = true;
}

void SwiftRemote::require_container()
{
    auto request = request_for("HEAD", "looking for the container", description());
    request.url = encoded_path(place_.container);
    service_.perform(request);
}

std::vector<remote::Listed> SwiftRemote::list()
{
    open_container();
    std::vector<remote::Listed> files;
    std::string marker;
    for (std::size_t pages = 0; pages < pages_max; ++pages) {
        auto request = request_for("GET", "listing", description());
        // Pages are as long as the cluster allows; how long that is differs.
        request.url = fmt::format("{}?delimiter=%2F&format=json&marker={}&prefix={}",
                                  encoded_path(place_.container), http::percent_encoded(marker),
                                  http::percent_encoded(place_.prefix));
        const auto answer = service_.perform(request);
        auto page = answer.status == 204 ? Page{} : parse_page(answer.text, description());
        for (auto& object : page.objects) {
            if (!object.name.starts_with(place_.prefix) ||
                object.name.size() == place_.prefix.size()) {
                continue;
            }
            object.name.erase(0, place_.prefix.size());
            if (io::is_temporary_name(object.name)) {
                continue;
            }
            // Of a dynamic large object only the manifest is counted, which is empty.
            if (object.bytes == 0) {
                object.bytes = head(object.name).content_bytes().value_or(0);
            }
            files.push_back(std::move(object));
        }
        if (page.last.empty()) {
            return files;
        }
        marker = std::move(page.last);
    }
    throw Error{Error::Kind::unreachable, "the list of files has no end", description()};
}

void SwiftRemote::put(io::TempFile& spool, const std::string& name)
{
    (void)url_of(name);  // checks it
    if (!io::is_utf8(place_.prefix + name)) {
        throw Error{Error::Kind::invalid,
                    fmt::format("Swift cannot have a file called \"{}\"", io::printable(name)),
                    name, "names there are UTF-8; look at the file prefixes"};
    }
    open_container();
    const curl::FilePart file{spool.fd(), 0, spool.bytes()};
    const auto limit = service_.options().swift.segment_bytes;
    LargeObject large{service_, place_.container, place_.prefix + name, name};
    auto before = request_for("HEAD", "looking for an older file", name);
    before.url = url_of(name);
    const auto replaced = large.segments_now(service_.ask(before));
    if (file.bytes > 0 && file.bytes >= (limit == 0 ? object_bytes_max : limit)) {
        large.put(file);
    } else {
        put_whole(file, name);
    }
    large.delete_segments(replaced);
}

// The server compares the MD5 of what arrives with ours: 422 when they differ.
void SwiftRemote::put_whole(const curl::FilePart& file, const std::string& name)
{
    auto request = request_for("PUT", "uploading", name);
    request.url = url_of(name);
    request.headers = {{"ETag", curl::digest_hex(io::Digest::Algorithm::md5, file)},
                       {"Content-Type", "application/octet-stream"}};
    request.body = file;
    service_.perform(request);
}

// A cluster may for a while have an answer from a replica that did not hear of a file yet.
http::Answer SwiftRemote::read(http::Request request, const std::string& name)
{
    request.url = url_of(name);
    open_container();
    auto answer = service_.ask(request);
    if (answer.status == 404) {
        request.headers.push_back({"X-Newest", "true"});
        answer = service_.ask(request);
    }
    if (answer.status == 404) {
        require_container();
    } else if (!answer.is_good() && answer.status != 416) {
        auto error = error_from(request, answer);
        if (scheme_ == "pca" && error.fact("throttled") != nullptr) {
            error = Error{error.kind(), error.what(), error.object(),
                          "it is being unsealed, which may take hours"}
                        .with_facts(error.facts());
        }
        throw error;
    }
    return answer;
}

http::Answer SwiftRemote::head(const std::string& name)
{
    return read(request_for("HEAD", "looking for", name), name);
}

void SwiftRemote::get(const std::string& name, io::Sink& sink)
{
    auto request = request_for("GET", "downloading", name);
    io::DigestSink digest{io::Digest::Algorithm::md5, sink};
    request.into = &digest;
    const auto answer = read(request, name);
    if (answer.status == 404) {
        say_missing(name, description());
    }
    // The tag of a large object is made of its segments' tags.
    const auto tag = without_quotes(answer.header("etag"));
    if (!is_large_object(answer) && !tag.empty() && tag != digest.hex()) {
        throw Error{Error::Kind::corrupt,
                    fmt::format("what arrived of {} is not what the server has: its MD5 differs",
                                io::printable(name)),
                    name};
    }
}

io::Bytes SwiftRemote::get_range(const std::string& name, std::uint64_t offset, std::size_t bytes)
{
    constexpr auto end_max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (bytes == 0 || offset >= end_max) {
        if (!size_of(name)) {
            say_missing(name, description());
        }
        return {};
    }
    const auto last = offset + std::min<std::uint64_t>(bytes, end_max - offset) - 1;
    auto request = request_for("GET", "downloading", name);
    request.headers = {{"Range", fmt::format("bytes={}-{}", offset, last)}};
    io::MemorySink sink;
    request.into = &sink;
    const auto answer = read(request, name);
    if (answer.status == 404) {
        say_missing(name, description());
    }
    if (answer.status == 416) {
        return {};  // the file ends before
    }
    // Of an empty file everything is sent, whatever was asked for.
    if (answer.status != 206 && !sink.view().empty()) {
        throw Error{Error::Kind::unreachable,
                    fmt::format("a part of {} was asked for, and the server sent something else",
                                io::printable(name)),
                    name};
    }
    return sink.take();
}

void SwiftRemote::remove(std::span<const std::string> names)
{
    std::ranges::for_each(names, [](const auto& name) { remote::check_name(name); });
    std::ranges::for_each(names, [&](const auto& name) { remove_one(name); });
}

// The manifest of a large object goes first, so that no reader finds one with segments missing.
void SwiftRemote::remove_one(const std::string& name)
{
    LargeObject large{service_, place_.container, place_.prefix + name, name};
    const auto found = head(name);
    if (found.status == 404) {
        return;
    }
    const auto segments = large.segments_now(found);
    auto request = request_for("DELETE", "deleting", name);
    request.url = url_of(name);
    const auto answer = service_.ask(request);
    if (!answer.is_good() && answer.status != 404) {
        throw error_from(request, answer);
    }
    large.delete_segments(segments);
}

std::optional<std::uint64_t> SwiftRemote::size_of(const std::string& name)
{
    const auto answer = head(name);
    if (answer.status == 404) {
        return std::nullopt;
    }
    return answer.content_bytes().value_or(remote::unknown_bytes);
}

}  // namespace duplid::swift
