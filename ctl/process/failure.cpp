#include "ctl/process/failure.hpp"

#include <system_error>

namespace duplid::ctl {

Failure usage_failure(std::string cause, std::string object, std::string hint)
{
    return Failure{{.kind = proto::ErrorKind::invalid,
                    .cause = std::move(cause),
                    .object = std::move(object),
                    .hint = std::move(hint)}};
}

Failure system_failure(proto::ErrorKind kind, const std::string& doing, std::string object,
                       int error_number)
{
    return Failure{{.kind = kind,
                    .cause = doing + ": " + std::generic_category().message(error_number),
                    .object = std::move(object),
                    .hint = {}}};
}

}  // namespace duplid::ctl
