// Settings that other programs for S3 keep in the home directory: Amazon's profiles, boto's file.
//
// Format facts: "Configuration and credential file settings" of the AWS CLI's guide (sections
// `[name]` in the one file and `[profile name]` in the other, nested settings are indented), boto's
// `[Credentials]` (backends.md 4.1, 4.2).
#pragma once

#include "storage/io/wiped_text.hpp"
#include "storage/remote/variables.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace duplid::s3 {

/// Names in lower case to values, wiped when they go.
class Settings {
public:
    void set(std::string name, std::string_view value);
    /// Empty when there is none. Valid as long as the setting is.
    [[nodiscard]] std::string_view value(std::string_view name) const;
    /// The same for what is no secret.
    [[nodiscard]] std::string text(std::string_view name) const { return std::string{value(name)}; }
    [[nodiscard]] bool empty() const noexcept { return values_.empty(); }

private:
    std::map<std::string, io::WipedText, std::less<>> values_;
};

/// The settings in section `section` of a file's text, added to `settings` unless they are there.
/// Takes any text: lines that are no settings are passed over.
void take_section(std::string_view text, std::string_view section, Settings& settings);

/// The profile that AWS_PROFILE names, else "default": of ~/.aws/credentials, then ~/.aws/config
/// (AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE). A file that may not be
/// read counts as missing. Throws: Error.
[[nodiscard]] Settings aws_profile(const remote::Variables& variables);

/// [Credentials] of ~/.boto, then /etc/boto.cfg (or of the file that BOTO_CONFIG names alone).
[[nodiscard]] Settings boto_settings(const remote::Variables& variables);

}  // namespace duplid::s3
