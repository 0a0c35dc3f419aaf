#include "proto/session.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::array instances{
    Choice{static_cast<int>(Instance::private_), "private"},
    Choice{static_cast<int>(Instance::user), "user"},
    Choice{static_cast<int>(Instance::system), "system"},
    Choice{static_cast<int>(Instance::other), "other"},
};

}  // namespace

std::span<const Choice> choices_of(Instance) noexcept
{
    return instances;
}

void Nothing::describe(Fields&) {}

void HelloParams::describe(Fields& fields)
{
    fields.member({"protocol_min", "lowest protocol the client speaks", true}, protocol_min);
    fields.member({"protocol_max", "highest protocol the client speaks", true}, protocol_max);
    fields.member({"client", "program and version"}, client);
}

void HelloReply::describe(Fields& fields)
{
    fields.member({"protocol", "the one chosen", true}, protocol);
    fields.member({"version", "of the daemon", true}, version);
    fields.member({"instance", "", true}, instance);
    fields.member({"pid", "", true}, pid);
    fields.member({.name = "root_device",
                   .about = "of the daemon's root directory",
                   .required = true,
                   .max = UINT64_MAX},
                  root_device);
    fields.member({.name = "root_inode",
                   .about = "of the daemon's root directory",
                   .required = true,
                   .max = UINT64_MAX},
                  root_inode);
    fields.member({"features", "additions within the protocol"}, features);
}

void ApiReply::describe(Fields& fields)
{
    fields.member({"schema", "this description", true}, schema);
}

void LeaseParams::describe(Fields& fields)
{
    fields.member({.name = "seconds",
                   .about = "until the next renewal",
                   .required = true,
                   .min = 1,
                   .max = lease_seconds_max},
                  seconds);
}

void LeaseReply::describe(Fields& fields)
{
    fields.member({"held", "runs had been held and now go on", true}, held);
}

void StatusReply::describe(Fields& fields)
{
    fields.member({"version", "", true}, version);
    fields.member({"instance", "", true}, instance);
    fields.member({"pid", "", true}, pid);
    fields.member({"started", "epoch seconds", true}, started);
    fields.member({"stopping", "no new runs are taken", true}, stopping);
    fields.member({"connections", "", true}, connections);
    fields.member({"running", "runs", true}, running);
    fields.member({"queued", "runs", true}, queued);
    fields.member({"runs", "those running or queued", true}, runs);
    fields.member({"jobs", "by name"}, jobs);
}

}  // namespace duplid::proto
