// One container of Azure's blob service: calls that are dated, signed and understood.
#pragma once

#include "storage/remote/azure/account.hpp"
#include "storage/remote/azure/shared_key.hpp"
#include "storage/remote/http/client.hpp"

#include <mutex>
#include <string>

namespace duplid::azure {

/// Any thread.
class Service {
public:
    Service(Account account, std::string container, remote::RemoteOptions options);

    /// `call.path` is what stands behind the container's name: empty, or "/name", encoded; its
    /// method and headers are the request's. Of `request` are used: body, into, doing, object.
    /// A container that is missing is made, once, and the call made again. Good answers are
    /// returned, and so are 404 of a blob that does not exist (another 404 may come from anybody)
    /// and 416; for all others it throws Error (error_from()).
    [[nodiscard]] http::Answer perform(const Call& call, http::Request request);

    [[nodiscard]] const remote::RemoteOptions& options() const noexcept
    {
        return client_.options();
    }

private:
    [[nodiscard]] http::Answer send(Call call, http::Request request);
    void make_container();

    Account account_;
    /// The endpoint's path and the container's name.
    std::string path_;
    std::string host_;  ///< scheme, host and port of the endpoint
    std::string container_;
    http::Client client_;
    std::mutex making_;
    bool was_made_ = false;
};

}  // namespace duplid::azure
