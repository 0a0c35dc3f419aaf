#include "daemon/archive/errors.hpp"

#include "engine/select/problem.hpp"

#include <new>

namespace duplid::daemon {

namespace {

std::string_view word_of(select::SelectionProblem problem) noexcept
{
    switch (problem) {
    case select::SelectionProblem::list_not_opened:
        return "list_not_opened";
    case select::SelectionProblem::cannot_match:
        return "cannot_match";
    case select::SelectionProblem::bad_expression:
        return "bad_expression";
    case select::SelectionProblem::redundant_inclusion:
        return "redundant_inclusion";
    case select::SelectionProblem::redundant_filter:
        return "redundant_filter";
    case select::SelectionProblem::trailing_filter:
        return "trailing_filter";
    case select::SelectionProblem::absolute_files_from:
        return "absolute_files_from";
    case select::SelectionProblem::empty_files_from:
        return "empty_files_from";
    }
    return "";
}

}  // namespace

proto::RpcError to_rpc(const Error& error)
{
    proto::RpcError rpc{proto::error_kind_of(name_of(error.kind())), error.what(), error.object(),
                        error.hint(), error.detail()};
    for (const auto& fact : error.facts()) {
        rpc.facts.push_back({fact.name, fact.value});
    }
    return rpc;
}

proto::RpcError to_rpc(const std::exception_ptr& thrown)
{
    try {
        std::rethrow_exception(thrown);
    } catch (const select::SelectionError& error) {
        auto rpc = to_rpc(static_cast<const Error&>(error));
        rpc.detail = word_of(error.problem());
        return rpc;
    } catch (const Error& error) {
        return to_rpc(error);
    } catch (const proto::ProtocolError& error) {
        return error.error();
    } catch (const std::bad_alloc&) {
        return {proto::ErrorKind::internal, "out of memory", "",
                "close other programs or add swap"};
    } catch (const std::exception& error) {
        return {proto::ErrorKind::internal, error.what(), "", ""};
    } catch (...) {
        return {proto::ErrorKind::internal, "an exception of unknown type", "", ""};
    }
}

}  // namespace duplid::daemon
