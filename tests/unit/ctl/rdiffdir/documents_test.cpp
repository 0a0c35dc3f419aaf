#include "ctl/rdiffdir/generate/documents.hpp"

#include "ctl/generate/roff.hpp"
#include "ctl/rdiffdir/option_table.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace duplid::rdiffdir;

TEST_CASE("every option and command of rdiffdir is in the manual and each completion")
{
    struct Row {
        std::string_view name;
        std::string text;
    };
    for (const auto& row : {Row{"man", manual_page()}, Row{"bash", bash_completion()},
                            Row{"zsh", zsh_completion()}, Row{"fish", fish_completion()}}) {
        CAPTURE(row.name);
        for (const auto& option : options()) {
            for (const auto spelled : {option.short_name, option.long_name}) {
                if (spelled.empty()) {
                    continue;
                }
                std::string name{spelled.substr(spelled.find_first_not_of('-'))};
                if (row.name == "man") {
                    name = duplid::generate::roff(name);
                }
                CAPTURE(name);
                CHECK(row.text.find(name) != std::string::npos);
            }
        }
        for (const auto& command : commands()) {
            CAPTURE(command.name);
            CHECK(row.text.find(command.name) != std::string::npos);
        }
    }
}
