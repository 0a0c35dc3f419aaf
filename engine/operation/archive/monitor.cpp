#include "engine/operation/archive/monitor.hpp"

namespace duplid::operation {

std::string_view name_of(Phase phase) noexcept
{
    switch (phase) {
    case Phase::preparing:
        return "preparing";
    case Phase::reading_catalog:
        return "reading_catalog";
    case Phase::scanning:
        return "scanning";
    case Phase::backing_up:
        return "backing_up";
    case Phase::uploading:
        return "uploading";
    case Phase::fetching:
        return "fetching";
    case Phase::restoring:
        return "restoring";
    case Phase::removing:
        return "removing";
    case Phase::verifying:
        return "verifying";
    case Phase::checking:
        return "checking";
    case Phase::comparing:
        return "comparing";
    case Phase::finishing:
        return "finishing";
    }
    return "preparing";
}

}  // namespace duplid::operation
