#include "ctl/duplicity/generate/documents.hpp"

#include "ctl/duplicity/help.hpp"
#include "ctl/duplicity/option_table.hpp"
#include "ctl/generate/roff.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace duplid::duplicity;

TEST_CASE("every option is in the help, the manual and each completion")
{
    struct Row {
        std::string_view name;
        std::string text;
    };
    for (const auto& row :
         {Row{"help", help_text()}, Row{"man", manual_page()}, Row{"bash", bash_completion()},
          Row{"zsh", zsh_completion()}, Row{"fish", fish_completion()}}) {
        CAPTURE(row.name);
        for (const auto& option : options()) {
            if (option.section == Section::hidden && row.name != "man") {
                continue;
            }
            each_name(option, [&](std::string_view spelled) {
                std::string name{spelled.substr(spelled.find_first_not_of('-'))};
                if (row.name == "man") {
                    name = duplid::generate::roff(name);
                }
                CAPTURE(name);
                CHECK(row.text.find(name) != std::string::npos);
            });
        }
        for (const auto& action : action_texts()) {
            std::string word{action.usage.substr(0, action.usage.find_first_of("- "))};
            CAPTURE(word);
            CHECK(row.text.find(word) != std::string::npos);
        }
    }
}
