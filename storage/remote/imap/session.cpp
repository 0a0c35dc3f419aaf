#include "storage/remote/imap/session.hpp"

#include "storage/io/error.hpp"

#include <fmt/format.h>

namespace duplid::imap {

namespace {

/// Of literals that are kept: headers.
constexpr std::uint64_t literal_octets_max = std::uint64_t{16} << 20U;

}  // namespace

Session::Session(curl::HandlePool& pool, const Account& account,
                 const remote::RemoteOptions& options, const std::string& mailbox)
    : account_{account}, channel_{pool, account, options}
{
    const auto status = run("CAPABILITY", [&](const Response& response) {
        if (response.text.starts_with("* CAPABILITY ")) {
            const auto words = response.text + ' ';
            has_uidplus_ = words.find(" UIDPLUS ") != std::string::npos;
            has_binary_ = words.find(" BINARY ") != std::string::npos;
        }
    });
    require(status, "asking for abilities", account.description);
    select(mailbox);
}

void Session::select(const std::string& mailbox)
{
    const auto command = "SELECT " + quoted(mailbox);
    auto status = run(command);
    if (status.word == Status::Word::no) {
        const auto made = run("CREATE " + quoted(mailbox));
        // Where it could not be made, what SELECT said is nearer to the matter.
        if (made.is_ok()) {
            status = run(command);
        }
    }
    require(status, fmt::format("opening the mailbox {}", mailbox), account_.description);
}

void Session::require(const Status& status, std::string_view doing, const std::string& object) const
{
    if (!status.is_ok()) {
        throw error_of(status, fmt::format("{} at {}", doing, account_.description), object);
    }
}

std::string Session::send_command(const std::string& command)
{
    auto tag = fmt::format("d{}", ++number_);
    channel_.send(fmt::format("{} {}\r\n", tag, command));
    return tag;
}

Response Session::read_response(io::Sink* body)
{
    Response response;
    for (;;) {
        const auto line = channel_.read_line();
        response.text += line;
        const auto octets = literal_after(line);
        if (!octets) {
            return response;
        }
        std::string literal;
        if (body != nullptr && line.find("BODY[1]") != std::string::npos) {
            channel_.read(*octets,
                          [&](std::string_view piece) { body->write(io::view_of(piece)); });
        } else if (*octets > literal_octets_max) {
            throw Error{Error::Kind::unreachable, "the server sends more than was asked for",
                        account_.description};
        } else {
            channel_.read(*octets, [&](std::string_view piece) { literal += piece; });
        }
        response.literals.push_back(std::move(literal));
    }
}

Status Session::hear(const std::string& tag, const OnResponse& on_response, io::Sink* body)
{
    std::string parting;
    for (;;) {
        Response response;
        try {
            response = read_response(body);
        } catch (const Error& error) {
            if (parting.empty() || error.kind() != Error::Kind::unreachable) {
                throw;
            }
            throw error.with_context("the server says " + parting);
        }
        if (response.text.starts_with(tag + ' ')) {
            if (auto status =
                    parse_status(std::string_view{response.text}.substr(tag.size() + 1))) {
                return *std::move(status);
            }
        }
        if (response.text.starts_with("* BYE")) {
            parting = parse_status(response.text.substr(2)).value_or(Status{}).text;
        }
        if (on_response) {
            on_response(response);
        }
    }
}

Status Session::run(const std::string& command, const OnResponse& on_response, io::Sink* body)
{
    return hear(send_command(command), on_response, body);
}

Status Session::run_with(const std::string& command, std::uint64_t octets, const Content& content,
                         const OnResponse& on_response)
{
    const auto tag = send_command(fmt::format("{} {{{}}}", command, octets));
    for (;;) {
        const auto response = read_response(nullptr);
        if (response.text.starts_with('+')) {
            break;
        }
        if (response.text.starts_with(tag + ' ')) {
            return parse_status(std::string_view{response.text}.substr(tag.size() + 1))
                .value_or(Status{});
        }
        if (on_response) {
            on_response(response);
        }
    }
    content([&](std::string_view piece) { channel_.send(piece); });
    channel_.send("\r\n");
    channel_.be_patient(true);
    auto status = hear(tag, on_response, nullptr);
    channel_.be_patient(false);
    return status;
}

}  // namespace duplid::imap
