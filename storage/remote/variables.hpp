// The environment variables of whoever asked, as far as targets read them.
//
// A daemon serves many callers, so no backend looks at the process's own environment
// (backends.md 1.3): two runs can use different accounts of one service at once, and each member of
// a `multi:` target has variables of its own.
#pragma once

#include "storage/io/secret.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duplid::remote {

/// Names to values; every value is kept as a secret. Copies share their values.
class Variables {
public:
    void set(std::string name, io::Secret value);
    void set(std::string name, std::string_view value) { set(std::move(name), io::Secret{value}); }

    /// Not set where there is no such variable. A variable that is there and empty counts as set.
    [[nodiscard]] io::Secret secret(std::string_view name) const;
    /// The same for what is no secret; empty where there is no such variable.
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }

    /// `NAME=VALUE` of those among `names` that are set: what a child is started with, and wiped by
    /// whoever starts it (command::Command).
    [[nodiscard]] std::vector<std::string> only(std::span<const std::string_view> names) const;
    /// The same of those whose names begin so.
    [[nodiscard]] std::vector<std::string> with_prefix(std::string_view prefix) const;

private:
    std::map<std::string, io::Secret, std::less<>> values_;
};

}  // namespace duplid::remote
