// One step with an FTP server at a time, over kept connections.
#pragma once

#include "storage/remote/curl/transfer.hpp"
#include "storage/remote/ftp/reply.hpp"
#include "storage/remote/options.hpp"
#include "storage/remote/url.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace duplid::ftp {

enum class Tls {
    none,
    required,  ///< asked for after connecting (AUTH TLS): ftpes
    implicit,  ///< from the first byte: ftps
};

/// What is done in one directory: commands, and then at most one transfer.
struct Step {
    enum class Transfer { none, store, retrieve, list, list_names };

    std::string doing;
    std::string object;
    Transfer transfer = Transfer::none;
    /// In the directory; empty: of the directory.
    std::string name{};
    /// Instead of the target's directory, that of the login.
    bool at_login = false;
    /// Sent one after another, whatever the answers are. Only with Transfer::none.
    std::vector<std::string> commands{};
    curl::FilePart file{};
    std::function<void(io::ByteView)> into{};
    /// "first-last"; empty: all.
    std::string range{};
    /// What a 550 says of it.
    Error::Kind of_550 = Error::Kind::not_found;
};

/// How a step ended.
struct Outcome {
    CURLcode code = CURLE_OK;
    std::vector<Reply> replies;  ///< all that came, in order
    std::optional<Error> error;  ///< set when `code` is not CURLE_OK

    /// The answer to the last but `back` of the step's commands.
    [[nodiscard]] const Reply& last(std::size_t back = 0) const;
    /// The directory could not be entered: most often it does not exist.
    [[nodiscard]] bool is_directory_missing() const noexcept;
};

/// Any thread.
class Session {
public:
    /// Throws: Error invalid for a path with control characters.
    Session(const remote::Url& url, const remote::RemoteOptions& options);

    /// Throws: Error as curl::Transfer::perform() when the server was not reached or the
    /// connection broke; cancelled; what `into` throws.
    [[nodiscard]] Outcome try_run(const Step& step);
    /// Throws the outcome's error, too.
    Outcome run(const Step& step);

    /// Of a command's answer that is not as it should be.
    [[nodiscard]] Error refused(const Step& step, const Reply& reply) const;

    [[nodiscard]] bool is_encrypted() const noexcept { return tls_ != Tls::none; }
    /// The target's directory, level by level, as it is named after login.
    [[nodiscard]] std::vector<std::string> levels() const;
    [[nodiscard]] const std::string& description() const noexcept { return description_; }
    [[nodiscard]] const remote::RemoteOptions& options() const noexcept { return options_; }

private:
    [[nodiscard]] std::string url_of(const Step& step) const;
    void configure(curl::Transfer& transfer, const Step& step) const;
    [[nodiscard]] Outcome attempt(const Step& step, bool& has_moved);
    [[nodiscard]] Error denied_login(const Step& step, const Reply& reply) const;
    [[nodiscard]] Error failure(const Step& step, const Outcome& outcome, const Error& error) const;

    remote::RemoteOptions options_;
    Tls tls_ = Tls::none;
    std::string origin_;  ///< ftp://host:port
    bool is_absolute_ = false;
    bool is_active_ = false;
    std::vector<std::string> segments_;
    std::string user_;
    io::Secret password_;
    std::string description_;
    curl::HandlePool pool_;
    /// Not unless the server takes nothing else: TLS 1.3 sends tickets on data connections, which
    /// nobody reads when an upload is closed, so that the system resets the connection, and what
    /// the server had not read is lost (seen with ProFTPD); and some servers do not take its
    /// tickets for the reuse of a session that they demand.
    std::atomic<bool> offers_tls13_{false};
};

}  // namespace duplid::ftp
