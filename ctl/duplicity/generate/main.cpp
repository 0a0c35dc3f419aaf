// Prints one of the drop-in's documents; run by the build.
#include "ctl/duplicity/generate/documents.hpp"

#include <array>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

int main(int argc, char** argv)
{
    using namespace duplid::duplicity;
    struct Document {
        std::string_view format;
        std::string (*text)();
    };
    constexpr std::array documents{Document{"man", manual_page}, Document{"bash", bash_completion},
                                   Document{"zsh", zsh_completion},
                                   Document{"fish", fish_completion}};
    const std::span words{argv, static_cast<std::size_t>(argc)};
    for (const auto& document : documents) {
        if (words.size() == 2 && document.format == words[1]) {
            const auto text = document.text();
            return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
        }
    }
    std::fputs("usage: duplid_duplicity_documents man|bash|zsh|fish\n", stderr);
    return 2;
}
