#include "storage/remote/azure/upload.hpp"

#include "storage/io/base64.hpp"
#include "storage/remote/azure/answers.hpp"
#include "storage/remote/curl/part_digest.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <fmt/format.h>
#include <mutex>
#include <random>
#include <thread>

namespace duplid::azure {

namespace {

constexpr std::uint64_t blocks_max = 50'000;
/// Limits of the service for one request, whatever the options say.
constexpr std::uint64_t single_put_bytes_max = std::uint64_t{5000} << 20U;
constexpr std::uint32_t connections_max = 64;
constexpr std::size_t block_name_bytes_usual = 32;

std::string md5_of(const curl::FilePart& part)
{
    return io::base64_of_hex(curl::digest_hex(io::Digest::Algorithm::md5, part));
}

// Calls `action` for 0 ... count - 1 from up to `threads` threads; after a failure for no more of
// them. Throws what was thrown first.
template <typename Action>
void for_each(std::uint64_t count, std::uint32_t threads, Action action)
{
    std::atomic<std::uint64_t> next{0};
    std::mutex mutex;
    std::exception_ptr failure;
    const auto work = [&] {
        for (auto number = next++; number < count; number = next++) {
            try {
                action(number);
            } catch (...) {
                const std::lock_guard guard{mutex};
                failure = failure ? failure : std::current_exception();
                next = count;
            }
        }
    };
    {
        std::vector<std::jthread> helpers;
        for (std::uint64_t one = 1; one < std::min<std::uint64_t>(count, threads); ++one) {
            helpers.emplace_back(work);
        }
        work();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace

std::string tier_for(const std::string& tier, std::string_view name)
{
    const bool must_be_readable = name.find("manifest") != std::string_view::npos ||
                                  name.find("signatures") != std::string_view::npos;
    return tier == "Archive" && must_be_readable ? std::string{} : tier;
}

Cut cut_of(std::uint64_t file_bytes, std::uint64_t block_bytes)
{
    const auto parts = [&](std::uint64_t bytes) { return (file_bytes + bytes - 1) / bytes; };
    const auto enough = std::max({block_bytes, parts(blocks_max), std::uint64_t{1}});
    return {enough, parts(enough)};
}

Upload::Upload(Service& service, std::string path, std::string name)
    : service_{service}, path_{std::move(path)}, name_{std::move(name)}
{
}

std::vector<std::string> new_block_names(std::uint64_t count, std::size_t bytes)
{
    const auto digits = std::to_string(count).size();
    if (bytes < digits) {
        throw Error{
            Error::Kind::invalid,
            fmt::format("an upload by another program has left blocks with names of {} bytes, "
                        "which are too short for {} blocks",
                        bytes, count),
            {},
            "the service removes them after a week; --azure-max-block-size makes fewer"};
    }
    constexpr std::string_view hex = "0123456789abcdef";
    std::random_device random;
    std::string upload;
    while (upload.size() < bytes - digits) {
        upload += hex[random() % hex.size()];
    }
    std::vector<std::string> names;
    names.reserve(count);
    for (std::uint64_t number = 0; number < count; ++number) {
        names.push_back(fmt::format("{}{:0{}}", upload, number, digits));
    }
    return names;
}

http::Request Upload::request(std::string_view doing) const
{
    http::Request asked;
    asked.doing = doing;
    asked.object = name_;
    return asked;
}

void Upload::run(const curl::FilePart& file)
{
    const auto limit = std::min(service_.options().azure.single_put_bytes, single_put_bytes_max);
    if (file.bytes <= limit) {
        put_whole(file);
    } else {
        put_in_blocks(file);
        check_size(file.bytes);
    }
}

std::vector<http::Header> Upload::properties(const std::string& md5) const
{
    std::vector<http::Header> headers{{"x-ms-blob-content-md5", md5},
                                      {"x-ms-blob-content-type", "application/octet-stream"}};
    if (auto tier = tier_for(service_.options().azure.blob_tier, name_); !tier.empty()) {
        headers.push_back({"x-ms-access-tier", std::move(tier)});
    }
    return headers;
}

void Upload::put_whole(const curl::FilePart& file)
{
    const auto md5 = md5_of(file);
    Call call{.method = "PUT", .path = path_, .headers = properties(md5)};
    call.headers.push_back({"x-ms-blob-type", "BlockBlob"});
    call.headers.push_back({"content-md5", md5});
    auto sent = request("uploading");
    sent.body = file;
    (void)service_.perform(call, std::move(sent));
}

// The service wants names of one length in a blob, those included that an upload has left which
// broke off, whoever made it.
std::size_t Upload::block_name_bytes()
{
    const auto answer = service_.perform(
        {.path = path_, .query = {{"blocklisttype", "uncommitted"}, {"comp", "blocklist"}}},
        request("looking for an upload that broke off"));
    const auto left =
        answer.is_good() ? parse_unused_blocks(answer.text, name_) : std::vector<std::string>{};
    return left.empty() ? block_name_bytes_usual : left.front().size();
}

void Upload::put_in_blocks(const curl::FilePart& file)
{
    const auto md5 = md5_of(file);
    const auto cut = cut_of(file.bytes, service_.options().azure.block_bytes);
    const auto names = new_block_names(cut.blocks, block_name_bytes());
    const auto connections = std::clamp(service_.options().azure.connections, 1U, connections_max);
    for_each(cut.blocks, connections, [&](std::uint64_t number) {
        const auto offset = number * cut.block_bytes;
        put_block({file.fd, file.offset + offset, std::min(cut.block_bytes, file.bytes - offset)},
                  names[number]);
    });
    commit(names, md5);
}

void Upload::put_block(const curl::FilePart& part, const std::string& name)
{
    auto sent = request("uploading a block");
    sent.body = part;
    (void)service_.perform(
        {.method = "PUT",
         .path = path_,
         .query = {{"blockid", io::base64(io::view_of(name))}, {"comp", "block"}},
         .headers = {{"content-md5", md5_of(part)}}},
        std::move(sent));
}

void Upload::commit(const std::vector<std::string>& names, const std::string& md5)
{
    std::string list = R"(<?xml version="1.0" encoding="utf-8"?><BlockList>)";
    for (const auto& name : names) {
        list += "<Latest>" + io::base64(io::view_of(name)) + "</Latest>";
    }
    list += "</BlockList>";
    auto sent = request("making a file of its blocks");
    sent.body = std::move(list);
    (void)service_.perform({.method = "PUT",
                            .path = path_,
                            .query = {{"comp", "blocklist"}},
                            .headers = properties(md5)},
                           std::move(sent));
}

void Upload::check_size(std::uint64_t bytes)
{
    const auto answer = service_.perform({.method = "HEAD", .path = path_},
                                         request("looking at what was uploaded"));
    if (answer.content_bytes() != bytes) {
        throw Error{Error::Kind::corrupt,
                    fmt::format("{} bytes were uploaded, and the server says it has {}", bytes,
                                answer.content_bytes().value_or(0)),
                    name_};
    }
}

}  // namespace duplid::azure
