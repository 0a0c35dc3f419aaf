#include "storage/remote/http/client.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <fmt/format.h>

namespace duplid::http {

namespace {

/// Enough for the reason that an error's body gives.
constexpr std::size_t bad_text_max = std::size_t{64} << 10U;
constexpr std::size_t headers_max = 500;
/// From this size on a body waits until the server has said that it wants it: a refusal then costs
/// no upload. A server that once let it wait in vain is not waited for again.
constexpr std::uint64_t expect_bytes = std::uint64_t{1} << 20U;
constexpr long expect_ms = 1000;
constexpr int status_continue = 100;
constexpr std::uint32_t retry_after_max = 24 * 3600;

std::string lower(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Collects what comes back.
class Reception {
public:
    Reception(const Request& request, Answer& answer) : request_{request}, answer_{answer} {}

    static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self)
    {
        static_cast<Reception*>(self)->header({line, size * count});
        return size * count;
    }

    /// "100 Continue" was among the answers.
    [[nodiscard]] bool was_asked_to_go_on() const noexcept { return was_asked_to_go_on_; }

    void body(io::ByteView bytes)
    {
        if (request_.into != nullptr && (answer_.status == 200 || answer_.status == 206)) {
            if (request_.before_body && !has_body_) {
                request_.before_body(answer_);
            }
            has_body_ = true;
            request_.into->write(bytes);
            return;
        }
        const auto limit = answer_.is_good() ? request_.text_max : bad_text_max;
        const auto room = limit - answer_.text.size();
        if (bytes.size() > room && answer_.is_good()) {
            throw Error{
                Error::Kind::unreachable,
                fmt::format("{}: the answer is larger than {} bytes", request_.doing, limit),
                request_.object};
        }
        io::append_wiped(answer_.text, io::text_of(bytes.first(std::min(bytes.size(), room))));
    }

private:
    // A line of status begins an answer anew: after "100 Continue", or a question for a password.
    void header(std::string_view line)
    {
        if (line.starts_with("HTTP/")) {
            answer_.headers.clear();
            io::wipe_text(answer_.text);
            answer_.status = 0;
            const auto blank = line.find(' ');
            if (blank != std::string_view::npos) {
                const auto code = line.substr(blank + 1, 3);
                std::from_chars(code.data(), code.data() + code.size(), answer_.status);
                was_asked_to_go_on_ = was_asked_to_go_on_ || answer_.status == status_continue;
            }
            return;
        }
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && answer_.headers.size() < headers_max) {
            answer_.headers.push_back({lower(trimmed(line.substr(0, colon))),
                                       std::string{trimmed(line.substr(colon + 1))}});
        }
    }

    const Request& request_;
    Answer& answer_;
    bool has_body_ = false;
    bool was_asked_to_go_on_ = false;
};

void set_method(curl::Transfer& transfer, const Request& request)
{
    if (request.method == "HEAD") {
        transfer.set(CURLOPT_NOBODY, 1L);
    } else {
        transfer.set(CURLOPT_CUSTOMREQUEST, request.method);
    }
}

std::uint64_t set_body(curl::Transfer& transfer, const Request& request)
{
    if (const auto* text = std::get_if<std::string>(&request.body)) {
        transfer.send(*text);
        return text->size();
    }
    if (const auto* part = std::get_if<curl::FilePart>(&request.body)) {
        transfer.send(*part);
        return part->bytes;
    }
    return 0;
}

void set_login(curl::Transfer& transfer, const Login& login)
{
    long ways = 0;
    ways |= login.basic ? static_cast<long>(CURLAUTH_BASIC) : 0;
    ways |= login.digest ? static_cast<long>(CURLAUTH_DIGEST) : 0;
    transfer.set(CURLOPT_HTTPAUTH, ways);
    transfer.set_login(login.user, login.password);
}

// libcurl copies it into memory that it wipes, and so is this. By hand, because fmt would leave a
// copy on the stack.
void add_header(curl::Lines& lines, const Header& header)
{
    std::string line;
    line.reserve(header.name.size() + header.value.size() + 2);
    line += header.name;
    // libcurl leaves out a header without value unless a semicolon ends its name.
    line += header.value.empty() ? ";" : ": ";
    line += header.value;
    lines.add(line);
    io::wipe_text(line);
}

bool asks_for_patience(const Answer& answer)
{
    return answer.status == 429 || answer.status == 509 || answer.status == 498 ||
           (answer.status == 503 && !answer.header("retry-after").empty());
}

Error::Kind kind_of(int status)
{
    switch (status) {
    case 401:
    case 403:
    case 407:
        return Error::Kind::denied;
    case 404:
    case 410:
        return Error::Kind::not_found;
    case 507:
        return Error::Kind::no_space;
    case 408:
    case 423:
    case 425:
    case 429:
    case 498:
    case 500:
    case 502:
    case 503:
    case 504:
    case 509:
        return Error::Kind::unreachable;
    default:
        return status >= 520 && status <= 529 ? Error::Kind::unreachable : Error::Kind::invalid;
    }
}

}  // namespace

Request::~Request()
{
    io::wipe_text(url);
    if (auto* const text = std::get_if<std::string>(&body)) {
        io::wipe_text(*text);
    }
}

std::string_view Answer::header(std::string_view name) const noexcept
{
    const auto found =
        std::ranges::find_if(headers, [&](const Header& one) { return one.name == name; });
    return found == headers.end() ? std::string_view{} : found->value;
}

std::optional<std::uint64_t> Answer::content_bytes() const noexcept
{
    const auto value = header("content-length");
    std::uint64_t bytes = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), bytes);
    return !value.empty() && problem == std::errc{} && end == value.data() + value.size()
               ? std::optional{bytes}
               : std::nullopt;
}

Client::Client(remote::RemoteOptions options) : options_{std::move(options)} {}

Answer Client::perform(const Request& request)
{
    Answer answer;
    auto handle = pool_.lend();
    curl::Transfer transfer{handle, options_};
    transfer.set_url(request.url);
    transfer.set(CURLOPT_PATH_AS_IS, 1L);
    transfer.set(CURLOPT_PROTOCOLS_STR, "http,https");
    const auto body_bytes = set_body(transfer, request);
    set_method(transfer, request);
    if (request.login != nullptr) {
        set_login(transfer, *request.login);
    }
    if (request.time_max.count() > 0) {
        transfer.set(CURLOPT_TIMEOUT, static_cast<long>(request.time_max.count()));
    }
    curl::Lines lines;
    const bool is_large = body_bytes >= expect_bytes;
    const bool waits_for_word = is_large && says_continue_;
    // An answer in the middle of a body can be heard in HTTP/1.1 only.
    if (is_large || request.is_secret || request.login != nullptr) {
        transfer.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    }
    if (waits_for_word) {
        // The line "Expect" is libcurl's own then, which it leaves out for a server that answers
        // 417.
        transfer.set(CURLOPT_EXPECT_100_TIMEOUT_MS, expect_ms);
    } else {
        lines.add("Expect:");
    }
    for (const auto& header : request.headers) {
        add_header(lines, header);
    }
    transfer.set(CURLOPT_HTTPHEADER, lines.get());
    Reception reception{request, answer};
    transfer.set(CURLOPT_HEADERFUNCTION, &Reception::on_header);
    transfer.set(CURLOPT_HEADERDATA, &reception);
    transfer.receive([&](io::ByteView bytes) { reception.body(bytes); });
    const auto code = transfer.try_perform();
    // A server that refuses a body may close the connection while it is still being sent.
    const bool has_refused =
        answer.status >= 400 && (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR);
    if (code != CURLE_OK && !has_refused) {
        throw transfer.error_of(code, request.doing, request.object);
    }
    if (waits_for_word && answer.is_good() && !reception.was_asked_to_go_on()) {
        says_continue_ = false;
    }
    long ways = 0;
    curl_easy_getinfo(transfer.get(), CURLINFO_HTTPAUTH_AVAIL, &ways);
    answer.asked_basic = (ways & static_cast<long>(CURLAUTH_BASIC)) != 0;
    answer.asked_digest = (ways & static_cast<long>(CURLAUTH_DIGEST)) != 0;
    return answer;
}

std::uint32_t retry_after(const Answer& answer)
{
    const auto text = answer.header("retry-after");
    std::uint32_t seconds = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (!text.empty() && problem == std::errc{} && end == text.data() + text.size()) {
        return std::min(seconds, retry_after_max);
    }
    const auto date = curl_getdate(std::string{text}.c_str(), nullptr);
    const auto now = std::time(nullptr);
    return date > now
               ? static_cast<std::uint32_t>(std::min<std::time_t>(date - now, retry_after_max))
               : 0;
}

Error error_from_status(const Request& request, const Answer& answer, std::string_view words)
{
    std::string text = fmt::format("{}: the server answers {}", request.doing, answer.status);
    if (!words.empty()) {
        text += fmt::format(" ({})", words);
    }
    std::vector<ErrorFact> facts{{"status", std::to_string(answer.status)}};
    if (asks_for_patience(answer)) {
        facts.push_back({"throttled", "yes"});
        facts.push_back({"retry_after", std::to_string(retry_after(answer))});
    }
    return Error{kind_of(answer.status), text, request.object}.with_facts(std::move(facts));
}

}  // namespace duplid::http
