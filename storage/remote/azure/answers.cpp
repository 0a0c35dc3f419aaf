#include "storage/remote/azure/answers.hpp"

#include "storage/io/base64.hpp"
#include "storage/io/text.hpp"
#include "storage/remote/http/xml.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

namespace duplid::azure {

namespace {

/// A container that was deleted is in the way of a new one for at least that long.
constexpr std::string_view deletion_seconds = "30";
constexpr std::size_t words_max = 300;

std::uint64_t number_in(std::string_view text)
{
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number =
        !text.empty() && problem == std::errc{} && end == text.data() + text.size();
    return is_number ? number : remote::unknown_bytes;
}

struct Words {
    std::string code;
    std::string message{};
    std::string details{};
};

// <Error><Code>..</Code><Message>..\nRequestId:..\nTime:..</Message></Error>, after a mark of byte
// order.
Words words_of(const http::Answer& answer)
{
    Words words{.code = std::string{answer.header("x-ms-error-code")}};
    try {
        const auto root = http::parse_xml(answer.text, {});
        if (words.code.empty()) {
            words.code = root.text_of("Code");
        }
        words.message = root.text_of("Message");
        words.details = root.text_of("AuthenticationErrorDetail");
    } catch (const Error&) {
        return words;  // no XML: the status alone must do
    }
    words.message = words.message.substr(0, words.message.find('\n')).substr(0, words_max);
    words.details = words.details.substr(0, words_max);
    return words;
}

struct Meaning {
    std::string_view code;
    Error::Kind kind;
    const char* hint;
};

// Those of which the status alone says too little.
constexpr std::array meanings{
    Meaning{"Md5Mismatch", Error::Kind::corrupt, ""},
    Meaning{"ServerBusy", Error::Kind::unreachable, ""},
    Meaning{"OperationTimedOut", Error::Kind::unreachable, ""},
    Meaning{"InternalError", Error::Kind::unreachable, ""},
    Meaning{"ContainerBeingDeleted", Error::Kind::unreachable, ""},
    Meaning{"BlobArchived", Error::Kind::invalid,
            "it is in the archive tier: set its tier to Hot or Cool, which takes hours, and try "
            "again"},
    Meaning{"BlobBeingRehydrated", Error::Kind::invalid,
            "it is on its way out of the archive tier, which takes hours; try again then"},
};

const char* hint_for_refusal(const Words& words)
{
    const auto says = [&](std::string_view word) {
        return words.message.find(word) != std::string::npos ||
               words.details.find(word) != std::string::npos;
    };
    if (says("date header") || says("Request date")) {
        return "is this machine's clock right?";
    }
    return "look at AZURE_CONNECTION_STRING: the account's name and key, or what the shared access "
           "signature permits and until when";
}

}  // namespace

Page parse_page(std::string_view text, const std::string& object)
{
    const auto root = http::parse_xml(text, object);
    const auto* const blobs = root.child("Blobs");
    if (root.name != "EnumerationResults" || blobs == nullptr) {
        throw Error{Error::Kind::unreachable, "the server's answer is no list of blobs", object};
    }
    Page page;
    page.next = root.text_of("NextMarker");
    for (const auto& blob : blobs->children) {
        // Beside them stand <BlobPrefix>: what begins with the same word up to the next slash.
        const auto name = blob.text_of("Name");
        if (blob.name != "Blob" || name.empty()) {
            continue;
        }
        const auto* const properties = blob.child("Properties");
        page.blobs.push_back(
            {std::string{name}, properties == nullptr
                                    ? remote::unknown_bytes
                                    : number_in(properties->text_of("Content-Length"))});
    }
    return page;
}

std::vector<std::string> parse_unused_blocks(std::string_view text, const std::string& object)
{
    const auto root = http::parse_xml(text, object);
    if (root.name != "BlockList") {
        throw Error{Error::Kind::unreachable, "the server's answer is no list of blocks", object};
    }
    std::vector<std::string> names;
    if (const auto* const blocks = root.child("UncommittedBlocks"); blocks != nullptr) {
        for (const auto& block : blocks->children) {
            const auto name = io::unbase64(block.text_of("Name"));
            if (name && !name->empty()) {
                names.emplace_back(io::text_of(*name));
            }
        }
    }
    return names;
}

std::string code_of(const http::Answer& answer)
{
    return words_of(answer).code;
}

Error error_from(const http::Request& request, const http::Answer& answer)
{
    const auto words = words_of(answer);
    auto said = words.code;
    for (const auto& more : {words.message, words.details}) {
        if (!more.empty()) {
            said += (said.empty() ? "" : ": ") + more;
        }
    }
    const auto general = http::error_from_status(request, answer, io::printable(said));
    auto facts = general.facts();
    const bool is_throttled = general.fact("throttled") != nullptr;
    if (words.code == "ContainerBeingDeleted" || (words.code == "ServerBusy" && !is_throttled)) {
        facts.push_back({"throttled", "yes"});
        facts.push_back({"retry_after", words.code == "ServerBusy"
                                            ? std::to_string(http::retry_after(answer))
                                            : std::string{deletion_seconds}});
    }
    const auto* const found = std::ranges::find(meanings, words.code, &Meaning::code);
    if (found != meanings.end()) {
        return Error{found->kind, general.what(), general.object(), found->hint}.with_facts(
            std::move(facts));
    }
    const auto* const hint = general.kind() == Error::Kind::denied ? hint_for_refusal(words) : "";
    return Error{general.kind(), general.what(), general.object(), hint}.with_facts(
        std::move(facts));
}

}  // namespace duplid::azure
