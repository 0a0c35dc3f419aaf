#include "ctl/setup/questions.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/process/terminal.hpp"

#include <charconv>
#include <fmt/format.h>

namespace duplid::setup {

namespace {

bool is_word(const std::string& answer, std::string_view word)
{
    return !answer.empty() && answer.size() <= word.size() &&
           word.substr(0, answer.size()) == answer;
}

}  // namespace

void Questions::tell(std::string_view text) const
{
    if (asks_) {
        ctl::show_on_terminal(text);
    }
}

std::string Questions::text(std::string_view question, const std::string& otherwise) const
{
    return text(question, otherwise, [](const std::string&) { return std::string{}; });
}

std::string Questions::text(std::string_view question, const std::string& otherwise,
                            const std::function<std::string(const std::string&)>& refuse) const
{
    if (!asks_) {
        if (const auto wrong = refuse(otherwise); !wrong.empty()) {
            throw ctl::usage_failure(wrong, otherwise);
        }
        return otherwise;
    }
    const auto prompt = otherwise.empty() ? fmt::format("{}: ", question)
                                          : fmt::format("{} [{}]: ", question, otherwise);
    while (true) {
        auto answer = ctl::ask_line(prompt, interrupts_);
        if (answer.empty()) {
            answer = otherwise;
        }
        if (answer.empty()) {
            continue;
        }
        const auto wrong = refuse(answer);
        if (wrong.empty()) {
            return answer;
        }
        tell(fmt::format("  {}\n", wrong));
    }
}

bool Questions::yes(std::string_view question, bool otherwise) const
{
    if (!asks_) {
        return otherwise;
    }
    while (true) {
        const auto answer = ctl::ask_line(
            fmt::format("{} [{}]: ", question, otherwise ? "Y/n" : "y/N"), interrupts_);
        if (answer.empty()) {
            return otherwise;
        }
        if (is_word(answer, "yes") || is_word(answer, "Yes") || answer == "YES") {
            return true;
        }
        if (is_word(answer, "no") || is_word(answer, "No") || answer == "NO") {
            return false;
        }
        tell("  Please answer y or n.\n");
    }
}

std::size_t Questions::choice(std::string_view question, std::span<const std::string> choices,
                              std::size_t otherwise) const
{
    if (!asks_) {
        return otherwise;
    }
    std::string text = fmt::format("{}\n", question);
    for (std::size_t i = 0; i < choices.size(); ++i) {
        text += fmt::format("  {}  {}\n", i + 1, choices[i]);
    }
    tell(text);
    while (true) {
        const auto answer = ctl::ask_line(fmt::format("Which [{}]: ", otherwise + 1), interrupts_);
        if (answer.empty()) {
            return otherwise;
        }
        std::size_t number = 0;
        const auto* const end = answer.data() + answer.size();
        const auto read = std::from_chars(answer.data(), end, number);
        if (read.ec == std::errc{} && read.ptr == end && number >= 1 && number <= choices.size()) {
            return number - 1;
        }
        tell(fmt::format("  Please answer with a number from 1 to {}.\n", choices.size()));
    }
}

proto::SecretText Questions::new_secret(std::string_view question) const
{
    while (true) {
        auto first = secret(question);
        if (first.reveal().empty()) {
            tell("  An empty one protects nothing.\n");
            continue;
        }
        const auto second = secret("The same again");
        if (first.reveal() == second.reveal()) {
            return first;
        }
        tell("  They differ. Once more, please.\n");
    }
}

proto::SecretText Questions::secret(std::string_view question) const
{
    return ctl::ask_secret(fmt::format("{}: ", question), interrupts_);
}

}  // namespace duplid::setup
