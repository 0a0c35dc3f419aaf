#include "ctl/process/output.hpp"

#include "ctl/process/failure.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>

namespace duplid::ctl {

void Output::text(std::string_view bytes)
{
    if (error_ == 0 && std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size()) {
        error_ = errno;
    }
}

void Output::json(const nlohmann::json& document)
{
    text(document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    flush();
}

void Output::flush()
{
    if (error_ == 0 && std::fflush(stdout) != 0) {
        error_ = errno;
    }
}

void Output::finish()
{
    flush();
    if (error_ == EPIPE) {
        // As if the signal had not been ignored: "duplictl list-current-files URL | head".
        throw Interrupted{SIGPIPE};
    }
    if (error_ != 0) {
        throw system_failure(proto::ErrorKind::internal, "writing to standard output", {}, error_);
    }
}

}  // namespace duplid::ctl
