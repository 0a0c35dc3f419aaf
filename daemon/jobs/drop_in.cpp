#include "daemon/jobs/drop_in.hpp"

#include "daemon/jobs/document.hpp"
#include "daemon/jobs/targets.hpp"

namespace duplid::jobs {

namespace {

constexpr int indent = 4;
constexpr const char* head =
    "// Written by \"duplictl job set\", and laid over the job's own file. What you change here\n"
    "// stays, but not what you write beside it.\n";

}  // namespace

std::string with_settings(const std::string& existing, const std::string& file,
                          const std::string& settings)
{
    // Complains of what is no JSON object; but a Document forgets nulls, which mean something here.
    static_cast<void>(Document{settings, "settings"});
    const auto patch = proto::Json::parse(settings, nullptr, true, true);
    auto whole = existing.empty() ? proto::Json::object() : Document{existing, file}.value();
    for (const auto& name : members_replaced_by(patch)) {
        whole.erase(name);
    }
    whole.merge_patch(patch);
    return whole.empty() ? std::string{} : head + whole.dump(indent) + "\n";
}

}  // namespace duplid::jobs
