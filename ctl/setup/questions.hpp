// A conversation on the terminal in which every question has a default, or none is asked at all.
#pragma once

#include "ctl/process/interrupts.hpp"
#include "proto/secret_text.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace duplid::setup {

/// All questions throw: Interrupted; Failure cancelled at the end of the input (Ctrl-D).
class Questions {
public:
    /// Without `asks`, every question has its default for an answer, and nothing is told.
    Questions(bool asks, ctl::Interrupts& interrupts) : asks_{asks}, interrupts_{interrupts} {}

    [[nodiscard]] bool asks() const noexcept { return asks_; }

    void tell(std::string_view text) const;
    /// Return alone means `otherwise`. Where that is empty it asks again until there is an answer.
    [[nodiscard]] std::string text(std::string_view question, const std::string& otherwise) const;
    /// Until `refuse` has nothing against the answer: it says what is wrong with it, or nothing.
    [[nodiscard]] std::string
    text(std::string_view question, const std::string& otherwise,
         const std::function<std::string(const std::string&)>& refuse) const;
    [[nodiscard]] bool yes(std::string_view question, bool otherwise) const;
    /// The index of one of `choices`, which are numbered from 1.
    [[nodiscard]] std::size_t choice(std::string_view question,
                                     std::span<const std::string> choices,
                                     std::size_t otherwise) const;
    /// Asked for twice, until both are the same and not empty.
    [[nodiscard]] proto::SecretText new_secret(std::string_view question) const;
    [[nodiscard]] proto::SecretText secret(std::string_view question) const;

private:
    bool asks_;
    ctl::Interrupts& interrupts_;
};

}  // namespace duplid::setup
