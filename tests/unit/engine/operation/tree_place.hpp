// A destination with something precious beside it, and headers to restore into it.
#pragma once

#include "engine/operation/restore/tree_writer.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace tree_place {

using namespace duplid;
namespace fs = std::filesystem;

class Warnings final : public operation::Monitor {
public:
    void phase(operation::Phase) noexcept override {}
    void progress(const operation::Progress&) noexcept override {}
    void warn(const Error& error) noexcept override { texts.emplace_back(error.what()); }
    void note(std::string_view) noexcept override {}
    std::vector<std::string> texts;
};

struct Place {
    io::TempDirectory temporary;
    fs::path root = temporary.path();
    fs::path outside = root / "outside";
    fs::path destination = root / "destination";
    Warnings monitor;

    Place()
    {
        fs::create_directory(outside);
        io::replace_file(outside / "precious", io::view_of("as it was"));
    }
    [[nodiscard]] operation::TreeWriter writer(bool force = false)
    {
        return operation::TreeWriter{{destination, force, true, true}, monitor};
    }
    void check_outside() const
    {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator{outside}) {
            names.push_back(entry.path().filename());
        }
        CHECK(names == std::vector<std::string>{"precious"});
        CHECK(content(outside / "precious") == "as it was");
    }
    static std::string content(const fs::path& path)
    {
        const auto bytes = io::read_file(path, 1U << 20U);
        return std::string{io::text_of(bytes)};
    }
};

inline tar::Header header_of(tar::Type type, std::uint32_t mode)
{
    tar::Header header;
    header.type = type;
    header.mode = mode;
    header.uid = ::geteuid();
    header.gid = ::getegid();
    header.mtime = 1'700'000'000;
    return header;
}

inline const auto directory = header_of(tar::Type::directory, 0755);
inline const auto file = header_of(tar::Type::regular, 0644);

}  // namespace tree_place
