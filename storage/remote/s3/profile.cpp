#include "storage/remote/s3/profile.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::s3 {

namespace {

constexpr std::size_t file_bytes_max = std::size_t{1} << 20U;

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r";
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

void take_line(std::string_view line, Settings& settings)
{
    // Indented lines go on with a setting that has settings of its own, none of which is ours.
    if (line.front() == ' ' || line.front() == '\t' || line.front() == '#' || line.front() == ';') {
        return;
    }
    const auto mark = line.find_first_of("=:");
    if (mark == std::string_view::npos) {
        return;
    }
    const auto name = lower(trimmed(line.substr(0, mark)));
    if (settings.value(name).empty()) {
        settings.set(name, trimmed(line.substr(mark + 1)));
    }
}

void take_file(const std::string& path, std::string_view section, Settings& settings)
{
    try {
        const auto text = io::read_file_wiped(path, file_bytes_max);
        take_section(io::text_of(text), section, settings);
    } catch (const Error& error) {
        // A service may be kept out of all homes: then there is no such file for it.
        if (error.kind() != Error::Kind::denied && error.kind() != Error::Kind::not_found) {
            throw;
        }
    }
}

std::string file_in_home(const remote::Variables& variables, std::string_view name)
{
    const auto home = variables.text("HOME");
    return home.empty() ? std::string{} : fmt::format("{}/{}", home, name);
}

std::string path_of(const remote::Variables& variables, std::string_view variable,
                    std::string_view in_home)
{
    const auto told = variables.text(variable);
    return told.empty() ? file_in_home(variables, in_home) : told;
}

}  // namespace

void Settings::set(std::string name, std::string_view value)
{
    values_.insert_or_assign(std::move(name), io::WipedText{value.begin(), value.end()});
}

std::string_view Settings::value(std::string_view name) const
{
    const auto found = values_.find(name);
    return found == values_.end() ? std::string_view{} : io::text_of(found->second);
}

void take_section(std::string_view text, std::string_view section, Settings& settings)
{
    bool is_inside = false;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto content = trimmed(line);
        if (content.starts_with('[')) {
            is_inside = trimmed(content.substr(1, content.find(']') - 1)) == section;
        } else if (is_inside && !content.empty()) {
            take_line(line, settings);
        }
    }
}

Settings aws_profile(const remote::Variables& variables)
{
    const auto told = variables.text("AWS_PROFILE");
    const auto name = told.empty() ? std::string{"default"} : told;
    Settings settings;
    if (const auto path = path_of(variables, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
        !path.empty()) {
        take_file(path, name, settings);
    }
    if (const auto path = path_of(variables, "AWS_CONFIG_FILE", ".aws/config"); !path.empty()) {
        take_file(path, name == "default" ? name : "profile " + name, settings);
    }
    return settings;
}

Settings boto_settings(const remote::Variables& variables)
{
    Settings settings;
    if (const auto told = variables.text("BOTO_CONFIG"); !told.empty()) {
        take_file(told, "Credentials", settings);
        return settings;
    }
    if (const auto path = file_in_home(variables, ".boto"); !path.empty()) {
        take_file(path, "Credentials", settings);
    }
    take_file("/etc/boto.cfg", "Credentials", settings);
    return settings;
}

}  // namespace duplid::s3
