// Answers the questions about marks in the file system that a walk's rules may ask of an entry.
#pragma once

#include "engine/select/rule.hpp"

#include <string>

namespace duplid::select {

/// Looks at an entry by the name it has in an open directory, and only when it is asked.
class EntryProbe final : public MarkerProbe {
public:
    /// `name` must outlive this object.
    EntryProbe(int parent, const char* name) noexcept : parent_{parent}, name_{name} {}

    [[nodiscard]] bool contains(const std::string& marker) const override;
    [[nodiscard]] bool has_cache_tag() const override;
    [[nodiscard]] bool is_nodump() const override;

private:
    int parent_;
    const char* name_;
};

}  // namespace duplid::select
