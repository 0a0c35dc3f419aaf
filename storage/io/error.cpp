#include "storage/io/error.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace duplid {

Error::Error(Kind kind, const std::string& text, std::string object, std::string hint)
    : std::runtime_error{text}, kind_{kind}, object_{std::move(object)}, hint_{std::move(hint)}
{
}

Error Error::with_context(std::string_view context) const
{
    Error error{kind_, fmt::format("{}: {}", context, what()), object_, hint_};
    error.detail_ = detail_;
    error.facts_ = facts_;
    return error;
}

Error Error::with_facts(std::vector<ErrorFact> facts) const
{
    Error error{*this};
    error.facts_.insert(error.facts_.end(), std::make_move_iterator(facts.begin()),
                        std::make_move_iterator(facts.end()));
    return error;
}

Error Error::with_detail(std::string detail, std::vector<ErrorFact> facts) const
{
    auto error = with_facts(std::move(facts));
    error.detail_ = std::move(detail);
    return error;
}

const std::string* Error::fact(std::string_view name) const noexcept
{
    for (const auto& fact : facts_) {
        if (fact.name == name) {
            return &fact.value;
        }
    }
    return nullptr;
}

std::string_view name_of(Error::Kind kind) noexcept
{
    switch (kind) {
    case Error::Kind::unreachable:
        return "unreachable";
    case Error::Kind::corrupt:
        return "corrupt";
    case Error::Kind::not_found:
        return "not_found";
    case Error::Kind::denied:
        return "denied";
    case Error::Kind::no_space:
        return "no_space";
    case Error::Kind::wrong_secret:
        return "wrong_secret";
    case Error::Kind::invalid:
        return "invalid";
    case Error::Kind::busy:
        return "busy";
    case Error::Kind::cancelled:
        return "cancelled";
    case Error::Kind::internal:
        return "internal";
    }
    return "internal";
}

namespace {

Error::Kind kind_of(int error_number, Error::Kind otherwise) noexcept
{
    switch (error_number) {
    case ENOENT:
    case ENOTDIR:
        return Error::Kind::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
        return Error::Kind::denied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return Error::Kind::no_space;
    // What network file systems say when their server does not answer, and disks on a bad day.
    case EIO:
    case ESTALE:
    case ETIMEDOUT:
    case EHOSTDOWN:
    case ENETUNREACH:
        return Error::Kind::unreachable;
    default:
        return otherwise;
    }
}

std::string hint_for(Error::Kind kind)
{
    return kind == Error::Kind::no_space ? "make room on that file system and run it again"
                                         : std::string{};
}

}  // namespace

Error system_error(int error_number, const std::string& doing, std::string object,
                   Error::Kind otherwise)
{
    const auto kind = kind_of(error_number, otherwise);
    // strerror() of glibc is thread-safe for known numbers, and falls back to a thread's own
    // buffer.
    auto text = object.empty()
                    ? fmt::format("{}: {}", doing, std::strerror(error_number))
                    : fmt::format("{} {}: {}", doing, object, std::strerror(error_number));
    return Error{kind, text, std::move(object), hint_for(kind)}.with_facts(
        {{"errno", std::to_string(error_number)}});
}

}  // namespace duplid
