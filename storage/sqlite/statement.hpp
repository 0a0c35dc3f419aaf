// One prepared statement, used again and again.
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/sqlite/database.hpp"

#include <concepts>
#include <cstdint>
#include <memory>
#include <string_view>

struct sqlite3_stmt;

namespace duplid::sqlite {

/// Parameters are counted from 1, columns from 0, as SQLite does. Its Database must outlive it.
/// One thread at a time. Throws: see Database.
class Statement {
public:
    Statement(Database& database, std::string_view sql);
    Statement(Statement&&) noexcept = default;
    Statement& operator=(Statement&&) noexcept = default;

    /// Each of these sets one parameter; it keeps its value over reset(). Unsigned 64-bit numbers
    /// travel by their bits. Text and blobs are copied.
    template <std::integral Number>
    void bind(int parameter, Number number)
    {
        bind_number(parameter, static_cast<std::int64_t>(number));
    }
    void bind(int parameter, std::string_view text);
    void bind(int parameter, io::ByteView blob);
    void bind_null(int parameter);

    /// As bind() without the copy: `blob` must live until the parameter is bound anew or this
    /// object goes.
    void bind_unowned(int parameter, io::ByteView blob);

    /// Sets parameters 1, 2, ... at once, by bind().
    template <typename... Values>
    Statement& with(const Values&... values)
    {
        int parameter = 0;
        (bind_any(++parameter, values), ...);
        return *this;
    }

    /// Goes to the next row: true when there is one. After false it is as after reset().
    bool step();

    /// Runs a statement that gives no rows, and resets it.
    void run();

    /// Ends the current row set, letting go of its locks.
    void reset() noexcept;

    /// The current row's columns. Views are valid until the next step() or reset().
    [[nodiscard]] std::int64_t number(int column) const noexcept;
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] io::ByteView blob(int column) const;
    [[nodiscard]] bool is_null(int column) const noexcept;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const noexcept;
    };

    template <typename Value>
    void bind_any(int parameter, const Value& value)
    {
        if constexpr (std::integral<Value>) {
            bind(parameter, value);
        } else if constexpr (std::convertible_to<const Value&, std::string_view>) {
            bind(parameter, std::string_view{value});
        } else {
            bind(parameter, io::ByteView{value});
        }
    }

    void bind_number(int parameter, std::int64_t number);
    void check(int code) const;

    Database* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

}  // namespace duplid::sqlite
