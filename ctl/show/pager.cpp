#include "ctl/show/pager.hpp"

#include "ctl/process/child.hpp"
#include "ctl/process/fd.hpp"
#include "ctl/process/terminal_facts.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace duplid::ctl {

namespace {

/// What less is told unless the user has told it: end at once if all fits (F), pass colours (R),
/// leave the text on the screen (X).
constexpr const char* less_options = "LESS=FRX";
/// The shell's word that there is no such program.
constexpr int no_such_program = 127;

/// Whether all of it is on the screen anyway.
bool fits(std::string_view text, TerminalSize size)
{
    std::size_t rows = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        rows += 1 + (end > 0 ? (end - 1) / size.columns : 0);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return rows < size.rows;
}

/// Nothing: the user wants none.
std::optional<std::vector<std::string>> pager_words()
{
    const char* const named = std::getenv("PAGER");
    if (named == nullptr) {
        return std::vector<std::string>{"less"};
    }
    const std::string_view command{named};
    if (command.empty() || command == "cat") {
        return std::nullopt;
    }
    // Through a shell, as every program does it: the variable may hold options.
    return std::vector<std::string>{"/bin/sh", "-c", std::string{command}};
}

void write_all(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        const auto count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno != EINTR) {
            return;  // whoever reads has seen enough
        }
        text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
}

/// Whether a pager has shown it.
bool shown_by_pager(const std::string& text, std::vector<std::string> words)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return false;
    }
    Fd reading{ends[0]};
    Fd writing{ends[1]};
    auto environment = environment_without_secrets();
    std::string options = less_options;
    if (std::getenv("LESS") == nullptr) {
        environment.insert(environment.begin(), options.data());
    }
    SpawnPlan plan;
    plan.connect(reading.get(), STDIN_FILENO);
    pid_t pid = -1;
    if (plan.spawn(pid, std::move(words), environment) != 0) {
        return false;
    }
    reading.close();
    Child pager{pid};
    write_all(writing.get(), text);
    writing.close();
    pager.wait(-1);
    return !WIFEXITED(pager.status()) || WEXITSTATUS(pager.status()) != no_such_program;
}

}  // namespace

void page(const std::string& text, const Look& look, Output& output)
{
    const auto size = size_of_terminal(STDOUT_FILENO);
    if (look.pager && !look.json && size && !fits(text, *size)) {
        if (auto words = pager_words(); words && shown_by_pager(text, std::move(*words))) {
            return;
        }
    }
    output.text(text);
}

}  // namespace duplid::ctl
