// Commands to an IMAP server, and their answers, on one connection with one mailbox selected.
#pragma once

#include "storage/io/sink.hpp"
#include "storage/remote/imap/channel.hpp"
#include "storage/remote/imap/response.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace duplid::imap {

/// After an exception it is good for nothing but being destroyed. One thread at a time.
class Session {
public:
    using OnResponse = std::function<void(const Response&)>;
    /// Is given what sends a piece of a literal.
    using Content = std::function<void(const std::function<void(std::string_view)>&)>;

    /// Connects, logs in and selects `mailbox`, which is made if it is missing.
    Session(curl::HandlePool& pool, const Account& account, const remote::RemoteOptions& options,
            const std::string& mailbox);

    /// Sends a command and hears its answers to the end. Literals of BODY[1] go to `body`, if there
    /// is one, instead of into the answer. Throws: as Channel.
    [[nodiscard]] Status run(const std::string& command, const OnResponse& on_response = {},
                             io::Sink* body = nullptr);
    /// The same for a command that ends in a literal of so many octets. The server is asked
    /// first, and may refuse before anything is sent.
    [[nodiscard]] Status run_with(const std::string& command, std::uint64_t octets,
                                  const Content& content, const OnResponse& on_response = {});

    /// Throws when `status` is none that is well: error_of().
    void require(const Status& status, std::string_view doing, const std::string& object) const;

    [[nodiscard]] bool has_uidplus() const noexcept { return has_uidplus_; }
    [[nodiscard]] bool has_binary() const noexcept { return has_binary_; }
    /// Nothing speaks against using it again.
    [[nodiscard]] bool is_quiet() const { return channel_.is_quiet(); }

private:
    [[nodiscard]] std::string send_command(const std::string& command);
    [[nodiscard]] Response read_response(io::Sink* body);
    [[nodiscard]] Status hear(const std::string& tag, const OnResponse& on_response,
                              io::Sink* body);
    void select(const std::string& mailbox);

    const Account& account_;
    Channel channel_;
    unsigned number_ = 0;
    bool has_uidplus_ = false;
    bool has_binary_ = false;
};

}  // namespace duplid::imap
