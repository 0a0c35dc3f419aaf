// Bytes to and from something at the far side of an ssh connection: the sftp server, a command.
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/io/error.hpp"

#include <optional>
#include <string>

namespace duplid::ssh {

/// The server has no sftp; its shell may do.
class NoSftp final : public Error {
public:
    using Error::Error;
};

/// Our own connection cannot do what this server or account needs, and the ssh program may.
class BeyondUs final : public Error {
public:
    using Error::Error;
};

/// Never blocks but in wait(). One thread at a time.
///
/// Throws, all functions: Error unreachable when the connection broke.
class Stream {
public:
    Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    virtual ~Stream() = default;

    /// Sends from the front of `bytes` what can be sent now, possibly nothing. After nothing, the
    /// next call must be given the same bytes at the same place.
    [[nodiscard]] virtual std::size_t try_write(io::ByteView bytes) = 0;
    /// What is there now, as far as it fits; 0 at the end; not set when there is nothing yet.
    [[nodiscard]] virtual std::optional<std::size_t> try_read(io::ByteSpan into) = 0;
    /// Nothing more will be written: the far side reads an end. False: not yet, call it again
    /// after wait().
    [[nodiscard]] virtual bool try_end() = 0;
    /// Until try_read(), or with `to_write` also the others, may do something. Throws: Error
    /// cancelled, and unreachable when nothing moves for as long as --timeout says.
    virtual void wait(bool to_write) = 0;
    /// What follows may take so many times longer.
    virtual void be_patient(int times) = 0;

    /// Whether it is surely no use any more. Does not wait.
    [[nodiscard]] virtual bool is_dead() = 0;
    /// How the far side ended, after try_read() gave 0. Not set when it did not say.
    [[nodiscard]] virtual std::optional<int> exit_status() = 0;
    /// The end of its standard error.
    [[nodiscard]] virtual std::string error_text() = 0;
    /// Throws the reason why it came to an end that nobody wanted: Error; NoSftp where the server
    /// has no such thing.
    [[noreturn]] virtual void fail_ended() = 0;
};

}  // namespace duplid::ssh
