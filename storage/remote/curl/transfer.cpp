#include "storage/remote/curl/transfer.hpp"

#include "storage/io/wiped_memory.hpp"
#include "storage/remote/curl/errors.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <initializer_list>
#include <unistd.h>

namespace duplid::curl {

namespace {

constexpr long buffer_bytes = 256L << 10;
/// For the answer to a body that was sent whole: a server may have much to do with it.
constexpr int answer_patience = 10;
/// libcurl calls at least once a second; whoever was not called for this long was stopped.
constexpr std::chrono::seconds stopped_after{4};
constexpr long connections_max = 4;
constexpr const char* user_agent = "duplid/" DUPLID_VERSION;

std::string own_ca_file(const remote::Variables& variables)
{
    std::vector<std::string> places;
    if (const auto home = variables.text("HOME"); !home.empty()) {
        places = {home + "/.duplicity/cacert.pem", home + "/duplicity_cacert.pem"};
    }
    places.emplace_back("/etc/duplicity/cacert.pem");
    const auto found = std::ranges::find_if(
        places, [](const std::string& path) { return ::access(path.c_str(), R_OK) == 0; });
    return found == places.end() ? std::string{} : *found;
}

}  // namespace

Transfer::Transfer(HandlePool::Lent& handle, const remote::RemoteOptions& options)
    : handle_{handle}, options_{options}
{
    curl_easy_reset(handle_.get());
    set(CURLOPT_ERRORBUFFER, words_.data());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_USERAGENT, user_agent);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_CONNECTTIMEOUT, std::max(1L, static_cast<long>(options.timeout.count())));
    set(CURLOPT_BUFFERSIZE, buffer_bytes);
    set(CURLOPT_UPLOAD_BUFFERSIZE, buffer_bytes);
    set(CURLOPT_MAXCONNECTS, connections_max);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
    set(CURLOPT_XFERINFODATA, this);
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_write);
    set(CURLOPT_WRITEDATA, this);
    set_tls();
}

Transfer::~Transfer()
{
    if (handle_.get() != nullptr) {
        curl_easy_reset(handle_.get());
    }
    io::wipe_stack();
}

void Transfer::check(CURLcode code, CURLoption option)
{
    if (code != CURLE_OK) {
        throw Error{Error::Kind::internal,
                    fmt::format("libcurl refuses option {}: {}", static_cast<int>(option),
                                curl_easy_strerror(code))};
    }
}

void Transfer::set_tls()
{
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!options_.tls.verify) {
        set(CURLOPT_SSL_VERIFYPEER, 0L);
        set(CURLOPT_SSL_VERIFYHOST, 0L);
        return;
    }
    const auto file = options_.tls.ca_file.empty() && options_.tls.ca_directory.empty()
                          ? own_ca_file(options_.variables)
                          : options_.tls.ca_file;
    if (!file.empty()) {
        set(CURLOPT_CAINFO, file);
    }
    if (!options_.tls.ca_directory.empty()) {
        set(CURLOPT_CAPATH, options_.tls.ca_directory);
    }
}

namespace {

// Not as text: a proxy's address may hold a password.
io::Secret first_of(const remote::Variables& variables,
                    std::initializer_list<std::string_view> names)
{
    const auto* const found =
        std::ranges::find_if(names, [&](std::string_view name) { return variables.has(name); });
    return found == names.end() ? io::Secret{} : variables.secret(*found);
}

// The variables and their spellings are libcurl's own; http_proxy has no upper case form, since a
// web server would set that one from a request.
io::Secret proxy_for(const std::string& url, const remote::Variables& variables)
{
    const auto scheme = std::string_view{url}.substr(0, url.find("://"));
    const auto own = scheme == "http"    ? first_of(variables, {"http_proxy"})
                     : scheme == "https" ? first_of(variables, {"https_proxy", "HTTPS_PROXY"})
                                         : first_of(variables, {fmt::format("{}_proxy", scheme)});
    return own.reveal().empty() ? first_of(variables, {"all_proxy", "ALL_PROXY"}) : own;
}

}  // namespace

void Transfer::set_url(const std::string& url)
{
    set(CURLOPT_URL, url);
    // Always given: else libcurl would look at the environment of this process, which is not the
    // caller's.
    set(CURLOPT_PROXY, proxy_for(url, options_.variables).c_str());
    set(CURLOPT_NOPROXY, first_of(options_.variables, {"no_proxy", "NO_PROXY"}).c_str());
}

void Transfer::set_login(const std::string& user, const io::Secret& password)
{
    // Apart, since a user's name may hold the ':' that parts them in CURLOPT_USERPWD.
    set(CURLOPT_USERNAME, user);
    set(CURLOPT_PASSWORD, password.c_str());
}

void Transfer::send(FilePart part)
{
    file_ = part;
    send_bytes_ = part.bytes;
    set(CURLOPT_READFUNCTION, &Transfer::on_read);
    set(CURLOPT_READDATA, this);
    // For bodies that have to be sent again: another way of logging in, a connection that had died.
    set(CURLOPT_SEEKFUNCTION, &Transfer::on_seek);
    set(CURLOPT_SEEKDATA, this);
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(part.bytes));
}

void Transfer::send(std::string_view text)
{
    send(FilePart{-1, 0, text.size()});
    text_ = text;
}

void Transfer::receive(std::function<void(io::ByteView)> into)
{
    into_ = std::move(into);
}

CURLcode Transfer::try_perform()
{
    sent_ = 0;
    stalled_ = false;
    failure_ = nullptr;
    words_.front() = '\0';
    looked_at_ = moved_at_ = Clock::now();
    moved_bytes_ = 0;
    const auto code = curl_easy_perform(handle_.get());
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    if (options_.stop.stop_requested()) {
        throw Error{Error::Kind::cancelled, "stopped on request"};
    }
    return stalled_ ? CURLE_OPERATION_TIMEDOUT : code;
}

void Transfer::perform(std::string_view doing, const std::string& object)
{
    const auto code = try_perform();
    if (code != CURLE_OK) {
        throw error_of(code, doing, object);
    }
}

Error Transfer::error_of(CURLcode code, std::string_view doing, const std::string& object) const
{
    if (stalled_) {
        return {Error::Kind::unreachable,
                fmt::format("{}: nothing moved for {} s", doing, options_.timeout.count()), object,
                "the server or the network is stuck; --timeout says how long to wait"};
    }
    return error_from(code, words_.data(), doing, object);
}

std::size_t Transfer::read(io::ByteSpan into)
{
    const auto left = send_bytes_ - sent_;
    auto piece = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left)));
    if (piece.empty()) {
        return 0;
    }
    if (options_.limits) {
        // A limit is kept smoothly by small pieces.
        constexpr std::size_t limited_bytes = std::size_t{16} << 10U;
        if (options_.limits->up.get() != 0) {
            piece = piece.first(std::min(piece.size(), limited_bytes));
        }
        options_.limits->up.take(piece.size(), options_.stop);
    }
    if (file_.fd < 0) {
        std::memcpy(piece.data(), text_.data() + sent_, piece.size());
    } else {
        const auto got =
            ::pread(file_.fd, piece.data(), piece.size(), static_cast<off_t>(file_.offset + sent_));
        if (got < 0) {
            throw system_error(errno, "reading what is to be sent", {});
        }
        if (got == 0) {
            throw Error{Error::Kind::internal, "a file became shorter while it was sent"};
        }
        piece = piece.first(static_cast<std::size_t>(got));
    }
    sent_ += piece.size();
    return piece.size();
}

std::size_t Transfer::on_read(char* into, std::size_t size, std::size_t count, void* self)
{
    auto& transfer = *static_cast<Transfer*>(self);
    try {
        return transfer.read(std::as_writable_bytes(std::span{into, size * count}));
    } catch (...) {
        transfer.failure_ = std::current_exception();
        return CURL_READFUNC_ABORT;
    }
}

int Transfer::on_seek(void* self, curl_off_t offset, int origin)
{
    auto& transfer = *static_cast<Transfer*>(self);
    if (origin != SEEK_SET || offset < 0 ||
        static_cast<std::uint64_t>(offset) > transfer.send_bytes_) {
        return CURL_SEEKFUNC_CANTSEEK;
    }
    transfer.sent_ = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
}

std::size_t Transfer::on_write(char* from, std::size_t size, std::size_t count, void* self)
{
    auto& transfer = *static_cast<Transfer*>(self);
    const auto bytes = std::as_bytes(std::span{from, size * count});
    try {
        if (transfer.options_.limits) {
            transfer.options_.limits->down.take(bytes.size(), transfer.options_.stop);
        }
        if (transfer.into_) {
            transfer.into_(bytes);
        }
        return bytes.size();
    } catch (...) {
        transfer.failure_ = std::current_exception();
        return bytes.empty() ? 1 : 0;
    }
}

bool Transfer::has_stalled(curl_off_t down, curl_off_t up)
{
    const auto now = Clock::now();
    if (down + up != moved_bytes_ || now - looked_at_ > stopped_after) {
        moved_bytes_ = down + up;
        moved_at_ = now;
    }
    looked_at_ = now;
    const bool waits_for_answer = send_bytes_ > 0 && sent_ == send_bytes_;
    const auto patience = options_.timeout * (waits_for_answer ? answer_patience : 1);
    return now - moved_at_ > patience;
}

int Transfer::on_progress(void* self, curl_off_t /*down_total*/, curl_off_t down,
                          curl_off_t /*up_total*/, curl_off_t up)
{
    auto& transfer = *static_cast<Transfer*>(self);
    if (transfer.options_.stop.stop_requested()) {
        return 1;
    }
    transfer.stalled_ = transfer.has_stalled(down, up);
    return transfer.stalled_ ? 1 : 0;
}

void notice_unverified(const remote::RemoteOptions& options, std::string_view host)
{
    if (!options.tls.verify) {
        options.notice(fmt::format("the certificate of {} is not verified "
                                   "(--ssl-no-check-certificate): whoever is in the way can read "
                                   "the password and replace what is stored",
                                   host));
    }
}

}  // namespace duplid::curl
