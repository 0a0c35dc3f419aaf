#include "ctl/generate/generate.hpp"
#include "ctl/generate/names.hpp"

#include "ctl/words/json_documents.hpp"
#include "ctl/words/option_table.hpp"
#include "proto/error.hpp"
#include "proto/methods.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

using namespace duplid;

TEST_CASE("every verb and every option is in the manual and in each completion")
{
    struct Row {
        std::string_view name;
        std::string text;
    };
    for (const auto& row :
         {Row{"man", generate::manual_page()}, Row{"bash", generate::bash_completion()},
          Row{"zsh", generate::zsh_completion()}, Row{"fish", generate::fish_completion()}}) {
        CAPTURE(row.name);
        for (const auto& verb : ctl::verbs()) {
            CAPTURE(verb.name);
            std::string name{verb.name};
            if (row.name == "man") {
                for (std::size_t i = 0; (i = name.find('-', i)) != std::string::npos; i += 2) {
                    name.insert(i, "\\");
                }
            }
            if (!verb.hidden) {
                CHECK(row.text.find(name) != std::string::npos);
            }
        }
        for (const auto& option : ctl::options()) {
            std::string name{ctl::main_name(option).substr(2)};
            CAPTURE(name);
            if (row.name == "man") {
                for (std::size_t i = 0; (i = name.find('-', i)) != std::string::npos; i += 2) {
                    name.insert(i, "\\");
                }
            }
            CHECK(row.text.find(name) != std::string::npos);
        }
    }
}

TEST_CASE("what --json prints is described for every verb that has it, in words of the schema")
{
    const auto described = ctl::json_documents().at("verbs");
    const auto methods = proto::method_names();
    for (const auto& verb : ctl::verbs()) {
        CAPTURE(verb.name);
        const bool expected = !verb.hidden && ctl::contains(verb.sets, ctl::OptionSet::output);
        CHECK(described.contains(std::string{verb.name}) == expected);
        if (!expected) {
            continue;
        }
        // "reply of X": X is a method.
        const auto text = described.at(std::string{verb.name}).get<std::string>();
        constexpr std::string_view reply = "reply of \"";
        if (const auto at = text.find(reply); at != std::string::npos) {
            const auto name = text.substr(at + reply.size());
            CHECK(std::ranges::find(methods, std::string_view{name}.substr(0, name.find('"'))) !=
                  methods.end());
        }
    }
}

TEST_CASE("the manual explains every exit status that the protocol knows")
{
    std::set<int> explained;
    for (const auto& row : ctl::exit_texts()) {
        explained.insert(row.status);
    }
    for (const auto& row : proto::error_table()) {
        CHECK(explained.contains(static_cast<int>(row.exit_code)));
    }
    CHECK(explained.contains(static_cast<int>(proto::ExitCode::ok)));
    CHECK(explained.contains(static_cast<int>(proto::ExitCode::warnings)));
}

TEST_CASE("no two options of a verb share a spelling, and each belongs to some verb")
{
    for (const auto& verb : ctl::verbs()) {
        CAPTURE(verb.name);
        std::set<std::string_view> spellings;
        for (const auto* option : generate::options_of(verb)) {
            for (const auto name : generate::split(option->names, ',')) {
                CAPTURE(name);
                CHECK(spellings.insert(name).second);
            }
        }
    }
    // Before the verb is known, a word must be known to be a value or none.
    std::map<std::string_view, std::size_t> values;
    for (const auto& option : ctl::options()) {
        for (const auto name : generate::split(option.names, ',')) {
            CAPTURE(name);
            CHECK(values.emplace(name, ctl::value_count(option)).first->second ==
                  ctl::value_count(option));
        }
        CHECK(std::ranges::any_of(ctl::verbs(), [&option](const ctl::Verb& verb) {
            return ctl::contains(verb.sets, option.set);
        }));
        CHECK(&ctl::option(option.id) == &option);
    }
}
