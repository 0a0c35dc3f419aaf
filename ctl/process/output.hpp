// Standard output, with the errors of writing to it kept in mind.
#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

namespace duplid::ctl {

/// Results go here, everything else to standard error. A reader that goes away does not spoil a
/// backup: the error is remembered and told at the end.
class Output {
public:
    void text(std::string_view bytes);
    /// One JSON document on a line of its own, at once, since programs follow it.
    void json(const nlohmann::json& document);

    /// What was printed so far is to be seen now.
    void flush();

    [[nodiscard]] bool failed() const noexcept { return error_ != 0; }
    /// Throws: Failure if not everything could be written; Interrupted (SIGPIPE) if the reader is
    /// gone.
    void finish();

private:
    int error_ = 0;
};

}  // namespace duplid::ctl
