#include "storage/remote/variables.hpp"

namespace duplid::remote {

namespace {

// At once as long as it gets: growing would leave a copy of a secret behind.
std::string assignment(std::string_view name, std::string_view value)
{
    std::string text;
    text.reserve(name.size() + value.size() + 1);
    text.append(name).append("=").append(value);
    return text;
}

}  // namespace

void Variables::set(std::string name, io::Secret value)
{
    values_.insert_or_assign(std::move(name), std::move(value));
}

io::Secret Variables::secret(std::string_view name) const
{
    const auto found = values_.find(name);
    return found == values_.end() ? io::Secret{} : found->second;
}

std::string Variables::text(std::string_view name) const
{
    return std::string{secret(name).reveal()};
}

std::vector<std::string> Variables::only(std::span<const std::string_view> names) const
{
    std::vector<std::string> assignments;
    for (const auto name : names) {
        if (const auto found = values_.find(name); found != values_.end()) {
            assignments.push_back(assignment(found->first, found->second.reveal()));
        }
    }
    return assignments;
}

std::vector<std::string> Variables::with_prefix(std::string_view prefix) const
{
    std::vector<std::string> assignments;
    for (auto at = values_.lower_bound(prefix);
         at != values_.end() && at->first.starts_with(prefix); ++at) {
        assignments.push_back(assignment(at->first, at->second.reveal()));
    }
    return assignments;
}

}  // namespace duplid::remote
