#include "storage/remote/ssh/known_hosts.hpp"

#include "storage/io/base64.hpp"
#include "storage/io/error.hpp"
#include "storage/remote/ssh/config.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

namespace duplid::ssh {

namespace {

constexpr std::string_view hash_mark = "|1|";
constexpr std::size_t salt_bytes = 20;
constexpr std::size_t line_bytes_max = std::size_t{64} << 10U;
constexpr unsigned usual_port = 22;

const unsigned char* raw(io::ByteView bytes)
{
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

io::Bytes hmac_sha1(io::ByteView key, std::string_view text)
{
    io::Bytes sum(EVP_MAX_MD_SIZE);
    unsigned length = 0;
    if (::HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), raw(io::view_of(text)),
               text.size(), reinterpret_cast<unsigned char*>(sum.data()), &length) == nullptr) {
        throw Error{Error::Kind::internal, "OpenSSL makes no HMAC-SHA1"};
    }
    sum.resize(length);
    return sum;
}

// The next word of a line, which loses it.
std::string_view take_word(std::string_view& line)
{
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    const auto word = line.substr(0, end);
    line.remove_prefix(end);
    return word;
}

std::vector<std::string> split(std::string_view text)
{
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(','), text.size());
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

}  // namespace

std::string known_name(const std::string& host, unsigned port)
{
    return port == usual_port ? host : fmt::format("[{}]:{}", host, port);
}

std::string fingerprint(io::ByteView blob)
{
    io::Bytes sum(EVP_MAX_MD_SIZE);
    unsigned length = 0;
    if (::EVP_Digest(blob.data(), blob.size(), reinterpret_cast<unsigned char*>(sum.data()),
                     &length, EVP_sha256(), nullptr) != 1) {
        throw Error{Error::Kind::internal, "OpenSSL makes no SHA-256"};
    }
    auto text = io::base64(io::ByteView{sum}.first(length));
    text.erase(text.find_last_not_of('=') + 1);
    return "SHA256:" + text;
}

std::string known_line(const std::string& host, unsigned port, const HostKey& key, bool hashed)
{
    auto name = known_name(host, port);
    if (hashed) {
        std::array<std::byte, salt_bytes> salt{};
        if (::getrandom(salt.data(), salt.size(), 0) != static_cast<ssize_t>(salt.size())) {
            throw system_error(errno, "asking for random bytes", {});
        }
        name =
            fmt::format("{}{}|{}", hash_mark, io::base64(salt), io::base64(hmac_sha1(salt, name)));
    }
    return fmt::format("{} {} {}\n", name, key.type, io::base64(key.blob));
}

void KnownHosts::add(std::string_view text, const std::string& path)
{
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        auto word = take_word(line);
        if (word.empty() || word.starts_with('#') || line.size() > line_bytes_max) {
            continue;
        }
        auto mark = Mark::none;
        if (word.starts_with('@')) {
            if (word != "@revoked" && word != "@cert-authority") {
                continue;
            }
            mark = word == "@revoked" ? Mark::revoked : Mark::authority;
            word = take_word(line);
        }
        const auto type = take_word(line);
        auto blob = io::unbase64(take_word(line));
        if (blob && !blob->empty()) {
            lines_.push_back({mark,
                              std::string{word},
                              {std::string{type}, std::move(*blob)},
                              fmt::format("{}:{}", path, number)});
        }
    }
}

bool KnownHosts::names_host(const Line& line, const std::string& name)
{
    if (!line.names.starts_with(hash_mark)) {
        return matches_patterns(name, split(line.names));
    }
    const auto parts = std::string_view{line.names}.substr(hash_mark.size());
    const auto bar = parts.find('|');
    if (bar == std::string_view::npos) {
        return false;
    }
    const auto salt = io::unbase64(parts.substr(0, bar));
    const auto sum = io::unbase64(parts.substr(bar + 1));
    return salt && sum && !salt->empty() && hmac_sha1(*salt, name) == *sum;
}

std::vector<const KnownHosts::Line*> KnownHosts::lines_for(const std::string& name) const
{
    std::vector<const Line*> found;
    for (const auto& line : lines_) {
        if (names_host(line, name)) {
            found.push_back(&line);
        }
    }
    return found;
}

Acquaintance KnownHosts::look_up(const std::string& host, unsigned port, const HostKey& key) const
{
    const auto name = known_name(host, port);
    auto answer = Acquaintance::unknown;
    for (const auto* line : lines_for(name)) {
        if (line->mark == Mark::revoked && line->key.blob == key.blob) {
            return Acquaintance::revoked;
        }
        if (line->mark != Mark::none || line->key.type != key.type) {
            continue;
        }
        if (line->key.blob == key.blob) {
            answer = Acquaintance::known;
        } else if (answer == Acquaintance::unknown) {
            answer = Acquaintance::changed;
        }
    }
    if (answer == Acquaintance::unknown && name != host) {
        const auto bare = look_up(host, usual_port, key);
        return bare == Acquaintance::changed ? Acquaintance::unknown : bare;
    }
    return answer;
}

std::vector<std::string> KnownHosts::types_for(const std::string& host, unsigned port) const
{
    std::vector<std::string> types;
    const auto take = [&](const std::string& name) {
        for (const auto* line : lines_for(name)) {
            if (line->mark == Mark::none &&
                std::ranges::find(types, line->key.type) == types.end()) {
                types.push_back(line->key.type);
            }
        }
    };
    take(known_name(host, port));
    if (types.empty()) {
        take(host);
    }
    return types;
}

std::string KnownHosts::place_of(const std::string& host, unsigned port,
                                 std::string_view type) const
{
    for (const auto* line : lines_for(known_name(host, port))) {
        if (line->mark == Mark::none && line->key.type == type) {
            return line->place;
        }
    }
    return {};
}

bool KnownHosts::has_authority(const std::string& host, unsigned port) const
{
    return std::ranges::any_of(lines_for(known_name(host, port)),
                               [](const Line* line) { return line->mark == Mark::authority; });
}

}  // namespace duplid::ssh
