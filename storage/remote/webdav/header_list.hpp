// --webdav-headers: lines that are sent with every request.
#pragma once

#include "storage/remote/http/client.hpp"

#include <string_view>
#include <vector>

namespace duplid::webdav {

/// Words parted by commas, by the rules of CSV ("a word, with a comma", "" for a quote in it): a
/// name and its value in turn, as duplicity has it since 1.0; a word that is a whole header
/// ("Name: value") counts for both. They may hold secrets.
/// Throws: Error invalid, without quoting any.
[[nodiscard]] std::vector<http::Header> parse_headers(std::string_view text);

}  // namespace duplid::webdav
