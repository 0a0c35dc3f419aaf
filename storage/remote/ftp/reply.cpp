#include "storage/remote/ftp/reply.hpp"

#include <charconv>

namespace duplid::ftp {

namespace {

constexpr std::size_t code_digits = 3;
constexpr std::size_t text_bytes_max = 300;

}  // namespace

std::optional<Reply> parse_reply(std::string_view line)
{
    Reply reply;
    if (line.size() < code_digits) {
        return std::nullopt;
    }
    const auto [end, problem] = std::from_chars(line.data(), line.data() + code_digits, reply.code);
    if (problem != std::errc{} || end != line.data() + code_digits || reply.code < 100) {
        return std::nullopt;
    }
    line.remove_prefix(code_digits);
    // "250-" begins an answer of several lines, "250 " ends it.
    if (!line.empty() && line.front() != ' ' && line.front() != '\r' && line.front() != '\n') {
        return std::nullopt;
    }
    for (const char c : line.substr(0, text_bytes_max)) {
        if (c >= ' ' && c != '\x7f' && !(c == ' ' && reply.text.empty())) {
            reply.text += c;
        }
    }
    return reply;
}

Error::Kind kind_of(int code, Error::Kind of_550) noexcept
{
    switch (code) {
    case 452:
    case 552:
        return Error::Kind::no_space;
    case 430:
    case 530:
    case 532:
    case 533:
    case 534:
        return Error::Kind::denied;
    case 550:
        return of_550;
    case 522:
        // The data connection's encryption was refused; another one may do.
        return Error::Kind::unreachable;
    default:
        return code >= 500 ? Error::Kind::invalid : Error::Kind::unreachable;
    }
}

}  // namespace duplid::ftp
