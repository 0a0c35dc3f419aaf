#include "daemon/archive/errors.hpp"
#include "engine/select/problem.hpp"

#include <doctest/doctest.h>

#include <new>

using namespace duplid;

namespace {

template <class Thrown>
proto::RpcError caught(Thrown thrown)
{
    return daemon::to_rpc(std::make_exception_ptr(std::move(thrown)));
}

}  // namespace

TEST_CASE("every kind of error of the lower folders has a kind of the same name on the wire")
{
    using Kind = Error::Kind;
    for (const auto kind :
         {Kind::unreachable, Kind::corrupt, Kind::not_found, Kind::denied, Kind::no_space,
          Kind::wrong_secret, Kind::invalid, Kind::busy, Kind::cancelled, Kind::internal}) {
        CAPTURE(name_of(kind));
        const auto rpc = daemon::to_rpc(Error{kind, "text", "object", "hint"});
        CHECK(rpc.kind != proto::ErrorKind::other);
        CHECK(rpc.name() == name_of(kind));
        CHECK(rpc.cause == "text");
        CHECK(rpc.object == "object");
        CHECK(rpc.hint == "hint");
    }
}

TEST_CASE("whatever is thrown becomes an error with words in it")
{
    CHECK(caught(Error{Error::Kind::busy, "t"}).kind == proto::ErrorKind::busy);
    CHECK(caught(std::bad_alloc{}).cause == "out of memory");
    CHECK(caught(std::runtime_error{"other"}).kind == proto::ErrorKind::internal);
    CHECK(caught(std::runtime_error{"other"}).cause == "other");
    CHECK(caught(5).kind == proto::ErrorKind::internal);
    CHECK_FALSE(caught(5).cause.empty());
}

TEST_CASE("what is wrong with rules is told more exactly")
{
    using select::SelectionProblem;
    CHECK(caught(select::SelectionError{SelectionProblem::cannot_match, "t", "o"}).detail ==
          "cannot_match");
    CHECK(caught(select::SelectionError{SelectionProblem::redundant_inclusion, "t", "o"}).detail ==
          "redundant_inclusion");
    CHECK(caught(select::SelectionError{SelectionProblem::redundant_filter, "t", ""}).detail ==
          "redundant_filter");
    CHECK(caught(select::SelectionError{SelectionProblem::trailing_filter, "t", ""}).detail ==
          "trailing_filter");
    CHECK(caught(select::SelectionError{SelectionProblem::absolute_files_from, "t", "o"}).detail ==
          "absolute_files_from");
    CHECK(caught(select::SelectionError{SelectionProblem::empty_files_from, "t", "o"}).detail ==
          "empty_files_from");
}
