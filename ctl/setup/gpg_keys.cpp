#include "ctl/setup/gpg_keys.hpp"

#include "ctl/setup/program.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace duplid::setup {

namespace {

// Fields of a line, counted from 0.
constexpr std::size_t validity_field = 1;
constexpr std::size_t name_field = 9;  ///< of "fpr" and "uid"
constexpr std::size_t abilities_field = 11;

std::vector<std::string> fields_of(const std::string& line)
{
    std::vector<std::string> fields;
    std::istringstream stream{line};
    for (std::string field; std::getline(stream, field, ':');) {
        fields.push_back(std::move(field));
    }
    fields.resize(std::max(fields.size(), abilities_field + 1));
    return fields;
}

/// Capital letters are abilities of the key as a whole, subkeys included; D: disabled.
bool can_encrypt(const std::vector<std::string>& fields)
{
    const auto& validity = fields[validity_field];
    const auto& abilities = fields[abilities_field];
    return validity != "r" && validity != "e" && abilities.find('E') != std::string::npos &&
           abilities.find('D') == std::string::npos;
}

}  // namespace

std::vector<SecretKey> secret_keys()
{
    const auto listed = run_program({"gpg", "--batch", "--with-colons", "--list-secret-keys"});
    return listed && listed->status == 0 ? secret_keys_from(listed->text)
                                         : std::vector<SecretKey>{};
}

std::vector<SecretKey> secret_keys_from(std::string_view text)
{
    std::vector<SecretKey> keys;
    bool is_open = false;  // within a key that is listed
    std::istringstream lines{std::string{text}};
    for (std::string line; std::getline(lines, line);) {
        const auto fields = fields_of(line);
        if (fields[0] == "sec") {
            is_open = can_encrypt(fields);
            if (is_open) {
                keys.emplace_back();
            }
        } else if (is_open && fields[0] == "fpr" && keys.back().fingerprint.empty()) {
            keys.back().fingerprint = fields[name_field];
        } else if (is_open && fields[0] == "uid" && keys.back().user.empty()) {
            keys.back().user = fields[name_field];
        }
    }
    return keys;
}

}  // namespace duplid::setup
