// From SQLite's result codes to Error. Private to this folder.
#pragma once

#include "storage/io/error.hpp"

#include <string>

struct sqlite3;

namespace duplid::sqlite {

/// The Error for result `code` of the last call on `handle`, a connection to the file at `path`;
/// null when there was no memory for one. To be called before anything else is done with it.
[[nodiscard]] Error failure(int code, sqlite3* handle, const std::string& path);

}  // namespace duplid::sqlite
