#include "storage/remote/azure/account.hpp"

#include "storage/io/base64.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::azure {

namespace {

constexpr std::string_view default_suffix = "core.windows.net";

/// What either set of variables says.
struct Said {
    std::string_view protocol = "https";
    std::string_view name;
    std::string_view key;
    std::string_view suffix = default_suffix;
    std::string_view endpoint;
    std::string_view token;
};

[[noreturn]] void refuse(const std::string& why)
{
    throw Error{Error::Kind::invalid,
                "AZURE_CONNECTION_STRING: " + why,
                {},
                "Azure's portal shows it under \"Access keys\""};
}

bool is_same_word(std::string_view one, std::string_view other)
{
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::equal(one, other, {}, lower, lower);
}

// Values may hold '=' (a key's padding, a token's query); nothing of them is shown.
Said parse(std::string_view text)
{
    Said said;
    while (!text.empty()) {
        const auto end = text.find(';');
        auto part = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        part.remove_prefix(std::min(part.find_first_not_of(" \t\r\n"), part.size()));
        if (part.empty()) {
            continue;
        }
        const auto equals = part.find('=');
        if (equals == std::string_view::npos) {
            refuse("a part of it is not of the form Name=Value");
        }
        const auto word = part.substr(0, equals);
        const auto value = part.substr(equals + 1);
        if (is_same_word(word, "DefaultEndpointsProtocol")) {
            said.protocol = value;
        } else if (is_same_word(word, "AccountName")) {
            said.name = value;
        } else if (is_same_word(word, "AccountKey")) {
            said.key = value;
        } else if (is_same_word(word, "EndpointSuffix")) {
            said.suffix = value;
        } else if (is_same_word(word, "BlobEndpoint")) {
            said.endpoint = value;
        } else if (is_same_word(word, "SharedAccessSignature")) {
            said.token = value;
        }
        // Endpoints of queues, tables and files are in it, too.
    }
    return said;
}

std::string endpoint_of(const Said& said)
{
    if (!said.endpoint.empty()) {
        const auto end = said.endpoint.find_last_not_of('/');
        const auto endpoint = said.endpoint.substr(0, end + 1);
        if (!endpoint.starts_with("https://") && !endpoint.starts_with("http://")) {
            refuse("BlobEndpoint is no http or https URL");
        }
        return std::string{endpoint};
    }
    if (said.name.empty()) {
        refuse("it has neither AccountName nor BlobEndpoint");
    }
    if (said.protocol != "https" && said.protocol != "http") {
        refuse("DefaultEndpointsProtocol is neither https nor http");
    }
    return fmt::format("{}://{}.blob.{}", said.protocol, said.name, said.suffix);
}

/// Keys are pasted, with a line's end or a blank.
std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

Account account_of(const Said& said)
{
    Account account{.name = std::string{said.name}, .endpoint = endpoint_of(said)};
    if (!said.key.empty()) {
        if (account.name.empty()) {
            refuse("AccountKey needs AccountName");
        }
        auto bytes = io::unbase64(trimmed(said.key));
        if (!bytes || bytes->empty()) {
            throw Error{Error::Kind::invalid, "the account key for Azure is not in base64"};
        }
        account.key = io::Secret{io::text_of(*bytes)};
        io::wipe(bytes->data(), bytes->size());
    } else if (!said.token.empty()) {
        account.token = io::Secret{said.token.substr(said.token.starts_with('?') ? 1 : 0)};
    } else {
        throw Error{Error::Kind::denied,
                    "no key and no shared access signature for Azure is given"};
    }
    return account;
}

}  // namespace

Account account_from(const remote::Variables& variables)
{
    const auto connection = variables.secret("AZURE_CONNECTION_STRING");
    if (!connection.reveal().empty()) {
        return account_of(parse(connection.reveal()));
    }
    const auto name = variables.text("AZURE_ACCOUNT_NAME");
    if (name.empty()) {
        throw Error{Error::Kind::denied,
                    "no credentials for Azure are given",
                    {},
                    "set AZURE_CONNECTION_STRING, or AZURE_ACCOUNT_NAME with AZURE_ACCOUNT_KEY or "
                    "AZURE_SHARED_ACCESS_SIGNATURE"};
    }
    const auto key = variables.secret("AZURE_ACCOUNT_KEY");
    const auto token = variables.secret("AZURE_SHARED_ACCESS_SIGNATURE");
    const auto suffix = variables.text("AZURE_ENDPOINT_SUFFIX");
    Said said;
    said.name = name;
    said.key = key.reveal();
    said.token = token.reveal();
    if (!suffix.empty()) {
        said.suffix = suffix;
    }
    return account_of(said);
}

}  // namespace duplid::azure
