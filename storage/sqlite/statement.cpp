#include "storage/sqlite/statement.hpp"

#include "storage/sqlite/failure.hpp"

#include <sqlite3.h>

namespace duplid::sqlite {

namespace {

// A null pointer would bind NULL, and an empty view may hold one.
const void* address_of(const void* data) noexcept
{
    return data == nullptr ? "" : data;
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* handle) const noexcept
{
    // Repeats the error of the last step, which was thrown already.
    sqlite3_finalize(handle);
}

Statement::Statement(Database& database, std::string_view sql) : database_{&database}
{
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    handle_.reset(handle);
    check(code);
}

void Statement::check(int code) const
{
    if (code != SQLITE_OK) {
        throw failure(code, database_->handle(), database_->path());
    }
}

void Statement::bind_number(int parameter, std::int64_t number)
{
    check(sqlite3_bind_int64(handle_.get(), parameter, number));
}

void Statement::bind(int parameter, std::string_view text)
{
    check(sqlite3_bind_text64(handle_.get(), parameter,
                              static_cast<const char*>(address_of(text.data())), text.size(),
                              SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind(int parameter, io::ByteView blob)
{
    check(sqlite3_bind_blob64(handle_.get(), parameter, address_of(blob.data()), blob.size(),
                              SQLITE_TRANSIENT));
}

void Statement::bind_unowned(int parameter, io::ByteView blob)
{
    check(sqlite3_bind_blob64(handle_.get(), parameter, address_of(blob.data()), blob.size(),
                              SQLITE_STATIC));
}

void Statement::bind_null(int parameter)
{
    check(sqlite3_bind_null(handle_.get(), parameter));
}

bool Statement::step()
{
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        auto error = failure(code, database_->handle(), database_->path());
        reset();
        throw error;
    }
    reset();
    return false;
}

void Statement::run()
{
    while (step()) {
    }
}

void Statement::reset() noexcept
{
    // Its result repeats that of the last step.
    sqlite3_reset(handle_.get());
}

std::int64_t Statement::number(int column) const noexcept
{
    return sqlite3_column_int64(handle_.get(), column);
}

std::string_view Statement::text(int column) const
{
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
    // The pointer is null for NULL, and the length is known only after the conversion to text.
    return text == nullptr
               ? std::string_view{}
               : std::string_view{
                     text, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

io::ByteView Statement::blob(int column) const
{
    const auto* blob = static_cast<const std::byte*>(sqlite3_column_blob(handle_.get(), column));
    return {blob, blob == nullptr
                      ? 0
                      : static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

bool Statement::is_null(int column) const noexcept
{
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

}  // namespace duplid::sqlite
