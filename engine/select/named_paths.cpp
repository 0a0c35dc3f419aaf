#include "engine/select/named_paths.hpp"

#include "engine/select/problem.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <utility>

namespace duplid::select {

NamedPaths::NamedPaths(std::string base) : base_{std::move(base)}
{
    if (!base_.ends_with('/')) {
        base_ += '/';
    }
}

void NamedPaths::add_list(std::string_view content, char separator)
{
    while (!content.empty()) {
        const auto end = std::min(content.find(separator), content.size());
        add(content.substr(0, end));
        content.remove_prefix(std::min(end + 1, content.size()));
    }
}

void NamedPaths::add(std::string_view name)
{
    if (name.starts_with('/')) {
        throw SelectionError{SelectionProblem::absolute_files_from,
                             fmt::format("'{}' is absolute; the names of --files-from are relative "
                                         "to the source",
                                         io::printable(name)),
                             std::string{name}};
    }
    std::string path = base_;
    while (!name.empty()) {
        const auto end = std::min(name.find('/'), name.size());
        const auto component = name.substr(0, end);
        name.remove_prefix(std::min(end + 1, name.size()));
        if (component.empty() || component == ".") {
            continue;
        }
        if (!path.ends_with('/')) {
            path += '/';
        }
        path += component;
        // Lists are mostly sorted: what leads to one name was mostly added for the one before.
        if (paths_.empty() || !paths_.back().starts_with(path) ||
            (paths_.back().size() > path.size() && paths_.back()[path.size()] != '/')) {
            paths_.push_back(path);
        }
    }
}

void NamedPaths::finish()
{
    if (paths_.empty()) {
        throw SelectionError{SelectionProblem::empty_files_from,
                             "the list of --files-from names nothing", base_};
    }
    std::sort(paths_.begin(), paths_.end());
    paths_.erase(std::unique(paths_.begin(), paths_.end()), paths_.end());
    paths_.shrink_to_fit();
}

bool NamedPaths::holds(std::string_view path) const
{
    return std::binary_search(paths_.begin(), paths_.end(), path, std::less<>{});
}

}  // namespace duplid::select
