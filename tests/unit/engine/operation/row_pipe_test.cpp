// Goal: all rows arrive in their order, and either side hears of the other's end. Method: numbers
// as rows, more of them than are on the way at a time.
#include "engine/operation/archive/row_pipe.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace duplid;

namespace {

struct Row {
    std::size_t number = 0;
    std::string text;
};
using Pipe = operation::RowPipe<Row>;

void send(Pipe& pipe, std::size_t number)
{
    auto& row = pipe.row();
    row.number = number;
    row.text = std::to_string(number);
    pipe.send();
}

}  // namespace

TEST_CASE("rows are taken in their order, all of them")
{
    for (const std::size_t rows :
         {std::size_t{0}, std::size_t{1}, Pipe::batch_rows, 10 * Pipe::batch_rows + 1}) {
        CAPTURE(rows);
        std::vector<Row> taken;
        Pipe pipe{[&](const Row& row) { taken.push_back(row); }};
        for (std::size_t number = 0; number < rows; ++number) {
            send(pipe, number);
        }
        pipe.finish();
        REQUIRE(taken.size() == rows);
        for (std::size_t number = 0; number < rows; ++number) {
            CHECK(taken[number].number == number);
            CHECK(taken[number].text == std::to_string(number));
        }
    }
}

TEST_CASE("a row that was not sent is not taken")
{
    std::vector<Row> taken;
    Pipe pipe{[&](const Row& row) { taken.push_back(row); }};
    send(pipe, 1);
    pipe.row().number = 2;
    send(pipe, 3);
    pipe.row().number = 4;
    pipe.finish();
    REQUIRE(taken.size() == 2);
    CHECK(taken[1].number == 3);
}

TEST_CASE("whoever makes rows hears why they are not taken")
{
    const auto refuse = [](const Row& row) {
        if (row.number == 5) {
            throw Error{Error::Kind::no_space, "full"};
        }
    };
    const auto is_full = [](const Error& error) { return error.kind() == Error::Kind::no_space; };
    {
        Pipe pipe{refuse};
        bool heard = false;
        try {
            for (std::size_t number = 0;; ++number) {
                send(pipe, number);
            }
        } catch (const Error& error) {
            heard = is_full(error);
        }
        CHECK(heard);
    }
    Pipe pipe{refuse};
    send(pipe, 5);
    bool heard = false;
    try {
        pipe.finish();
    } catch (const Error& error) {
        heard = is_full(error);
    }
    CHECK(heard);
}

TEST_CASE("rows that are no longer wanted hold nobody up")
{
    std::size_t taken = 0;
    {
        Pipe pipe{[&](const Row&) { ++taken; }};
        for (std::size_t number = 0; number < 3 * Pipe::batch_rows; ++number) {
            send(pipe, number);
        }
    }
    CHECK(taken <= 3 * Pipe::batch_rows);
}
