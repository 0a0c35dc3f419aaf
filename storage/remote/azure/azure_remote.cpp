#include "storage/remote/azure/azure_remote.hpp"

#include "storage/io/base64.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/sweep.hpp"
#include "storage/io/text.hpp"
#include "storage/remote/azure/answers.hpp"
#include "storage/remote/azure/upload.hpp"
#include "storage/remote/http/percent.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace duplid::azure {

namespace {

constexpr const char* page_blobs = "5000";
/// Against a server that goes on for ever: far more than a container of backups has.
constexpr std::size_t pages_max = 20'000;

void check_container(const std::string& name)
{
    const bool has_good_length = name.size() >= 3 && name.size() <= 63;
    const bool has_good_letters = std::ranges::all_of(
        name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
    const bool has_good_dashes =
        !name.starts_with('-') && !name.ends_with('-') && name.find("--") == std::string::npos;
    // "$root" and the like are Azure's own.
    if (!name.starts_with('$') && !(has_good_length && has_good_letters && has_good_dashes)) {
        throw Error{
            Error::Kind::invalid,
            fmt::format("\"{}\" cannot be the name of a container of Azure", io::printable(name)),
            name, "it has 3 to 63 lower-case letters, digits and single dashes, the latter inside"}
            .with_detail("bad_url");
    }
}

remote::RemoteOptions checked(remote::RemoteOptions options)
{
    auto& tier = options.azure.blob_tier;
    if (!tier.empty()) {
        std::ranges::transform(tier, tier.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        tier.front() = static_cast<char>(tier.front() - ('a' - 'A'));
        if (tier != "Hot" && tier != "Cool" && tier != "Cold" && tier != "Archive") {
            throw Error{Error::Kind::invalid,
                        "--azure-blob-tier is none of Hot, Cool, Cold and Archive"};
        }
    }
    return options;
}

remote::ContainerPlace checked(remote::ContainerPlace place)
{
    check_container(place.container);
    return place;
}

// What XML cannot hold can be stored, and is then in no list. Of a backslash the service makes a
// slash.
void check_listable(const std::string& name)
{
    const bool has_control = std::ranges::any_of(name, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
    });
    if (!io::is_utf8(name) || has_control || name.find('\\') != std::string::npos) {
        throw Error{
            Error::Kind::invalid,
            fmt::format("Azure cannot have a file called \"{}\"", io::printable(name)), name,
            "names there are UTF-8 without control characters and backslashes; look at the file "
            "prefixes"};
    }
}

http::Request request_for(std::string_view doing, const std::string& object)
{
    http::Request request;
    request.doing = doing;
    request.object = object;
    return request;
}

[[noreturn]] void say_missing(const std::string& name, const std::string& where)
{
    throw Error{Error::Kind::not_found,
                fmt::format("there is no {} in {}", io::printable(name), where), name};
}

}  // namespace

AzureRemote::AzureRemote(const remote::Url& url, const remote::RemoteOptions& options)
    : place_{checked(remote::container_place(url, options))}, service_{
                                                                  account_from(options.variables),
                                                                  place_.container,
                                                                  checked(options)}
{
}

std::string AzureRemote::path_of(const std::string& name) const
{
    remote::check_name(name);
    return '/' + http::percent_encoded(place_.prefix + name, "/");
}

std::string AzureRemote::description() const
{
    return fmt::format("azure://{}/{}", place_.container, place_.prefix);
}

std::vector<remote::Listed> AzureRemote::list()
{
    std::vector<remote::Listed> files;
    std::string marker;
    for (std::size_t pages = 0; pages < pages_max; ++pages) {
        Call call{.query = {{"comp", "list"},
                            {"delimiter", "/"},
                            {"maxresults", page_blobs},
                            {"restype", "container"}}};
        if (!place_.prefix.empty()) {
            call.query.emplace_back("prefix", place_.prefix);
        }
        if (!marker.empty()) {
            call.query.emplace_back("marker", marker);
        }
        const auto answer = service_.perform(call, request_for("listing", description()));
        auto page = parse_page(answer.text, description());
        for (auto& blob : page.blobs) {
            if (!blob.name.starts_with(place_.prefix) || blob.name.size() == place_.prefix.size()) {
                continue;
            }
            blob.name.erase(0, place_.prefix.size());
            if (!io::is_temporary_name(blob.name)) {
                files.push_back(std::move(blob));
            }
        }
        if (page.next.empty()) {
            return files;
        }
        marker = std::move(page.next);
    }
    throw Error{Error::Kind::unreachable, "the list of files has no end", description()};
}

void AzureRemote::put(io::TempFile& spool, const std::string& name)
{
    auto path = path_of(name);
    check_listable(place_.prefix + name);
    Upload{service_, std::move(path), name}.run({spool.fd(), 0, spool.bytes()});
}

void AzureRemote::get(const std::string& name, io::Sink& sink)
{
    auto request = request_for("downloading", name);
    io::DigestSink digest{io::Digest::Algorithm::md5, sink};
    request.into = &digest;
    const auto answer = service_.perform({.path = path_of(name)}, request);
    if (answer.status == 404) {
        say_missing(name, description());
    }
    const auto md5 = answer.header("content-md5");
    if (!md5.empty() && md5 != io::base64_of_hex(digest.hex())) {
        throw Error{Error::Kind::corrupt,
                    fmt::format("what arrived of {} is not what the server has: its MD5 differs",
                                io::printable(name)),
                    name};
    }
}

io::Bytes AzureRemote::get_range(const std::string& name, std::uint64_t offset, std::size_t bytes)
{
    constexpr auto end_max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const auto path = path_of(name);
    if (bytes == 0 || offset >= end_max) {
        if (!size_of(name)) {
            say_missing(name, description());
        }
        return {};
    }
    const auto last = offset + std::min<std::uint64_t>(bytes, end_max - offset) - 1;
    auto request = request_for("downloading", name);
    io::MemorySink sink;
    request.into = &sink;
    const auto answer = service_.perform(
        {.path = path, .headers = {{"x-ms-range", fmt::format("bytes={}-{}", offset, last)}}},
        request);
    if (answer.status == 404) {
        say_missing(name, description());
    }
    if (answer.status == 416) {
        return {};  // the file ends before
    }
    if (answer.status != 206) {
        throw Error{Error::Kind::unreachable,
                    fmt::format("a part of {} was asked for, and the server sent something else",
                                io::printable(name)),
                    name};
    }
    return sink.take();
}

void AzureRemote::remove(std::span<const std::string> names)
{
    std::ranges::for_each(names, [](const auto& name) { remote::check_name(name); });
    for (const auto& name : names) {
        // A container that is missing, with all its files, is an error by then: Service says so.
        (void)service_.perform({.method = "DELETE",
                                .path = path_of(name),
                                .headers = {{"x-ms-delete-snapshots", "include"}}},
                               request_for("deleting", name));
    }
}

std::optional<std::uint64_t> AzureRemote::size_of(const std::string& name)
{
    const auto answer = service_.perform({.method = "HEAD", .path = path_of(name)},
                                         request_for("looking for", name));
    if (answer.status == 404) {
        return std::nullopt;
    }
    return answer.content_bytes().value_or(remote::unknown_bytes);
}

}  // namespace duplid::azure
