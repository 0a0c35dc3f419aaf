// Goal: no bytes that arrive at the socket do more than end in an error.
//
// Method: the input is a stream, cut into pieces whose size its first byte tells. Each line goes
// through everything a request does: splitter, scan, JSON, envelope, params of each method. Params
// that are accepted must survive being written and read again.

#include "proto/envelope.hpp"
#include "proto/line.hpp"
#include "proto/methods.hpp"
#include "proto/reader.hpp"
#include "proto/writer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace duplid;

template <class Params>
void read_both_ways(const proto::Request& request)
{
    try {
        const auto params = proto::read_message<Params>(request.params, proto::Strictness::request,
                                                        request.secrets);
        const auto json = proto::write_message(params);
        auto line = proto::request_line(1, "again", json);
        line.pop_back();
        const auto again = proto::parse_request(std::move(line));
        const auto params_again =
            proto::read_message<Params>(again.params, proto::Strictness::request, again.secrets);
        if (proto::write_message(params_again) != json) {
            std::abort();
        }
    } catch (const proto::ProtocolError&) {
        // The usual end.
    }
}

template <class... Params>
void read_as_each(const proto::Request& request)
{
    (read_both_ways<Params>(request), ...);
}

void serve(proto::WipedBuffer line)
{
    const std::string copy{proto::text_of(line)};
    try {
        static_cast<void>(proto::parse_message(copy));
    } catch (const proto::ProtocolError&) {
        // Not what a daemon would send.
    }
    try {
        const auto request = proto::parse_request(std::move(line));
        read_as_each<
            proto::HelloParams, proto::LeaseParams, proto::BackupParams, proto::RestoreParams,
            proto::RemoveOlderThanParams, proto::RemoveAllButNFullParams,
            proto::RemoveIncrementsParams, proto::PruneParams, proto::CleanupParams,
            proto::VerifyParams, proto::CheckParams, proto::ReplicateParams, proto::RepairParams,
            proto::CollectionStatusParams, proto::ListFilesParams, proto::FindParams,
            proto::VersionsParams, proto::CompareParams, proto::FileChangedParams,
            proto::ChangesInSetParams, proto::WhyParams, proto::SyncParams, proto::RunListParams,
            proto::RunShowParams, proto::RunWatchParams, proto::RunStopParams>(request);
    } catch (const proto::RequestError&) {
        // The usual end.
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) {
        return 0;
    }
    std::string_view stream{reinterpret_cast<const char*>(data) + 1, size - 1};
    const std::size_t step = data[0] + 1U;
    proto::LineSplitter splitter{4096};
    while (!stream.empty()) {
        splitter.feed(stream.substr(0, step));
        stream.remove_prefix(std::min(step, stream.size()));
        while (auto line = splitter.next()) {
            serve(std::move(*line));
        }
    }
    return 0;
}
