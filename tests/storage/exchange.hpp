// What the cases of the conformance suite do with a target, in few words.
#pragma once

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/remote/remote.hpp"

#include <doctest/doctest.h>
#include <optional>
#include <set>
#include <string>

namespace duplid::storage_tests {

/// Bytes that no compression and no mistaken offset leaves alike.
inline io::Bytes pattern(std::size_t bytes, unsigned seed = 1)
{
    io::Bytes content(bytes);
    std::uint32_t state = seed;
    for (auto& byte : content) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<std::byte>(state >> 24);
    }
    return content;
}

inline void put(remote::Remote& remote, const std::string& name, io::ByteView content)
{
    auto spool = remote.make_spool(name, io::default_temp_directory());
    io::write_full(spool.fd(), content, name);
    remote.put(spool, name);
}

inline io::Bytes get(remote::Remote& remote, const std::string& name)
{
    io::MemorySink sink;
    remote.get(name, sink);
    return sink.take();
}

inline std::set<std::string> names_of(remote::Remote& remote)
{
    std::set<std::string> names;
    for (const auto& listed : remote.list()) {
        CHECK(names.insert(listed.name).second);
    }
    return names;
}

template <typename Action>
std::optional<Error::Kind> kind_of_failure(Action action)
{
    try {
        action();
    } catch (const Error& error) {
        return error.kind();
    }
    return std::nullopt;
}

}  // namespace duplid::storage_tests
