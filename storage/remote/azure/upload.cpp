#include "storage/remote/azure/upload.hpp"

#include "storage/remote/azure/base64.hpp"
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

std::string md5_of(const curl::FilePart& part)
{
    return base64_of_hex(curl::digest_hex(io::Digest::Algorithm::md5, part));
}

// All ids of one blob must be equally long, also those that somebody's broken upload left there: 32
// characters are what Azure's own library for Python, the reference's, takes.
std::vector<std::string> new_ids(std::uint64_t count)
{
    std::random_device random;
    const auto upload = std::uint64_t{random()} << 32U | random();
    std::vector<std::string> ids;
    ids.reserve(count);
    for (std::uint64_t number = 0; number < count; ++number) {
        ids.push_back(base64_encoded(fmt::format("{:016x}{:016}", upload, number)));
    }
    return ids;
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

void Upload::put_in_blocks(const curl::FilePart& file)
{
    const auto md5 = md5_of(file);
    const auto cut = cut_of(file.bytes, service_.options().azure.block_bytes);
    const auto ids = new_ids(cut.blocks);
    const auto connections = std::clamp(service_.options().azure.connections, 1U, connections_max);
    for_each(cut.blocks, connections, [&](std::uint64_t number) {
        const auto offset = number * cut.block_bytes;
        put_block({file.fd, file.offset + offset, std::min(cut.block_bytes, file.bytes - offset)},
                  ids[number]);
    });
    commit(ids, md5);
}

void Upload::put_block(const curl::FilePart& part, const std::string& id)
{
    auto sent = request("uploading a block");
    sent.body = part;
    (void)service_.perform({.method = "PUT",
                            .path = path_,
                            .query = {{"blockid", id}, {"comp", "block"}},
                            .headers = {{"content-md5", md5_of(part)}}},
                           std::move(sent));
}

void Upload::commit(const std::vector<std::string>& ids, const std::string& md5)
{
    std::string list = R"(<?xml version="1.0" encoding="utf-8"?><BlockList>)";
    for (const auto& id : ids) {
        list += "<Latest>" + id + "</Latest>";
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
