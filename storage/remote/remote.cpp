#include "storage/remote/remote.hpp"

#include <fmt/format.h>

namespace duplid::remote {

namespace {

constexpr std::size_t name_bytes_max = 255;

}  // namespace

io::TempFile Remote::make_spool(const std::string& name, const std::string& temp_directory)
{
    check_name(name);
    return io::TempFile::unnamed(temp_directory);
}

io::Bytes Remote::get_range(const std::string& name, std::uint64_t /*offset*/,
                            std::size_t /*bytes*/)
{
    throw Error{Error::Kind::internal, "this target cannot read a part of a file", name};
}

void Remote::rename(const std::string& from, const std::string& /*to*/)
{
    throw Error{Error::Kind::internal, "this target cannot rename a file", from};
}

std::optional<io::Fd> Remote::open_local(const std::string& name)
{
    check_name(name);
    return std::nullopt;
}

std::optional<std::uint64_t> Remote::size_after_put(const std::string& name,
                                                    std::uint64_t /*bytes*/)
{
    return size_of(name);
}

std::optional<Error> wrong_size(const std::string& name, const std::optional<std::uint64_t>& there,
                                std::uint64_t bytes)
{
    if (there && (*there == unknown_bytes || *there == bytes)) {
        return std::nullopt;
    }
    return Error{
        Error::Kind::corrupt,
        there ? fmt::format("{} has {} bytes on the target instead of {}", name, *there, bytes)
              : fmt::format("{} is not on the target after it was put there", name),
        name, "look at the target's free space and health, then run the backup again"}
        .with_detail("wrong_size", {{"volume", name},
                                    {"local_bytes", std::to_string(bytes)},
                                    {"target_bytes", there ? std::to_string(*there) : "-1"}});
}

void check_name(const std::string& name)
{
    if (name.empty() || name == "." || name == ".." ||
        name.find_first_of(std::string_view{"/\0", 2}) != std::string::npos) {
        throw Error{Error::Kind::invalid,
                    fmt::format("\"{}\" cannot be the name of a file on a target", name), name};
    }
    if (name.size() > name_bytes_max) {
        throw Error{Error::Kind::invalid,
                    fmt::format("a name of {} bytes is too long for a target", name.size()), name,
                    "shorten the file prefixes"};
    }
}

}  // namespace duplid::remote
