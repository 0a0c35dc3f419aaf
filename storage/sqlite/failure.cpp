#include "storage/sqlite/failure.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <sqlite3.h>

namespace duplid::sqlite {

namespace {

// The errno of the last failed call on the database file or its log. sqlite3_system_errno() is
// of no use for that after a statement has failed: cleaning up has changed errno by then.
int file_errno(sqlite3* handle) noexcept
{
    int number = 0;
    sqlite3_file* log = nullptr;
    if (sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
        log != nullptr && log->pMethods != nullptr) {
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
    }
    if (number == 0) {
        sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
    }
    return number;
}

Error::Kind kind_of_open_failure(int error_number) noexcept
{
    return error_number == EACCES || error_number == EPERM || error_number == EROFS
               ? Error::Kind::denied
               : Error::Kind::invalid;
}

// A full disk is SQLITE_FULL from write(), but an I/O error where SQLite extends its shared memory;
// quotas and limits on file sizes are I/O errors everywhere.
Error::Kind kind_of_io_failure(int code, int error_number) noexcept
{
    if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG ||
        code == SQLITE_IOERR_SHMSIZE) {
        return Error::Kind::no_space;
    }
    return code == SQLITE_IOERR_SHORT_READ ? Error::Kind::corrupt : Error::Kind::internal;
}

Error::Kind kind_of(int code, sqlite3* handle) noexcept
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return Error::Kind::no_space;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return Error::Kind::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return Error::Kind::busy;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return Error::Kind::denied;
    case SQLITE_CANTOPEN:
        return kind_of_open_failure(sqlite3_system_errno(handle));
    case SQLITE_IOERR:
        return kind_of_io_failure(code, file_errno(handle));
    default:
        return Error::Kind::internal;
    }
}

std::string hint_for(Error::Kind kind)
{
    switch (kind) {
    case Error::Kind::no_space:
        return "make room on that file system and run it again";
    case Error::Kind::corrupt:
        return "it is a cache: remove it, and it will be rebuilt";
    case Error::Kind::busy:
        return "wait for the other program to finish";
    default:
        return {};
    }
}

}  // namespace

Error failure(int code, sqlite3* handle, const std::string& path)
{
    if (handle == nullptr) {
        return Error{Error::Kind::internal, fmt::format("database {}: out of memory", path), path};
    }
    const auto kind = kind_of(code, handle);
    auto text = fmt::format("database {}: {}", path, sqlite3_errmsg(handle));
    return Error{kind, text, path, hint_for(kind)};
}

}  // namespace duplid::sqlite
