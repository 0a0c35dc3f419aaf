// The methods about the machine and the daemon as a whole that are no business of one job or run.
#include "daemon/dispatcher.hpp"
#include "daemon/schedule/file_system.hpp"
#include "proto/text.hpp"
#include "storage/io/error.hpp"

namespace duplid::daemon {

void Dispatcher::add_machine_methods()
{
    namespace methods = proto::methods;
    add(methods::file_system, Access::full, &Dispatcher::file_system);
    add(methods::metrics, Access::watch, &Dispatcher::metrics);
}

proto::FileSystemReply Dispatcher::file_system(Session&, proto::FileSystemParams& params)
{
    if (!params.path.starts_with('/')) {
        throw Error{Error::Kind::invalid, "a path must be absolute", "path"};
    }
    auto found = schedule::file_system_of(params.path);
    const bool lacks_disk = schedule::lacks_disk(params.path, found);
    return {std::move(found.mount_point), proto::to_utf8(found.uuid), found.is_root, lacks_disk};
}

proto::MetricsReply Dispatcher::metrics(Session&, proto::Nothing&)
{
    return {around_.metrics()};
}

}  // namespace duplid::daemon
