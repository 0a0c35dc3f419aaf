// Listings of FTP servers.
#pragma once

#include "storage/remote/remote.hpp"

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::ftp {

struct Entry {
    remote::Listed file;
    std::optional<std::time_t> modified;
};

/// The files in an answer to MLSD (RFC 3659, 7): directories and what else is no file are left
/// out; links stand for files, of a size that is not known. Lines that are none are passed over.
[[nodiscard]] std::vector<Entry> parse_mlsd(std::string_view text);

/// The names in an answer to NLST; of those with a path its last part.
[[nodiscard]] std::vector<std::string> parse_nlst(std::string_view text);

}  // namespace duplid::ftp
