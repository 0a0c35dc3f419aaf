#include "tests/storage/options.hpp"

#include "daemon/archive/remote_options.hpp"
#include "proto/archive_params.hpp"
#include "proto/reader.hpp"

#include <nlohmann/json.hpp>

namespace duplid::storage_tests {

remote::RemoteOptions options_from(const std::string& url, const std::string& options,
                                   const std::string& variables)
{
    auto members = nlohmann::json::parse(options);
    members["target"] = url;
    auto params = proto::read_message<proto::ArchiveParams>(members, proto::Strictness::request);
    const auto given = nlohmann::json::parse(variables);
    for (const auto& [name, value] : given.items()) {
        params.backend.variables.push_back(
            {name, proto::SecretText{value.get_ref<const std::string&>()}});
    }
    return daemon::remote_options(params);
}

}  // namespace duplid::storage_tests
