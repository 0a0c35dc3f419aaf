// Finds the archives that tests read, and unpacks them with zlib itself, not with our codec.
#pragma once

#include "storage/io/bytes.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>
#include <zlib.h>

namespace duplid::test {

inline const std::string golden_path = DUPLID_GOLDEN "/duplicity-0.8.22";

/// The content of a file, decompressed if it was gzip.
inline io::Bytes gunzip(const std::string& path)
{
    struct Close {
        void operator()(gzFile_s* file) const noexcept { gzclose(file); }
    };
    const std::unique_ptr<gzFile_s, Close> file{gzopen(path.c_str(), "rb")};
    REQUIRE_MESSAGE(file, path);
    io::Bytes content;
    std::array<std::byte, 65536> piece{};
    int got = 0;
    while ((got = gzread(file.get(), piece.data(), piece.size())) > 0) {
        io::append(content, io::ByteView{piece}.first(static_cast<std::size_t>(got)));
    }
    REQUIRE_MESSAGE(got == 0, path);
    return content;
}

/// All golden difftars and sigtars that are not encrypted, in order of their names.
inline std::vector<std::string> golden_archives()
{
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{golden_path}) {
        const auto path = entry.path().string();
        for (const std::string_view end : {".difftar", ".difftar.gz", ".sigtar", ".sigtar.gz",
                                           ".sigtar.part", ".dt.z", ".st.z"}) {
            if (path.ends_with(end)) {
                found.push_back(path);
            }
        }
    }
    std::ranges::sort(found);
    return found;
}

/// As the lists beside golden and witness archives print bytes: what is no graphic ASCII, and the
/// backslash, as \xNN.
inline std::string escaped(const std::string& text)
{
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x21 && byte <= 0x7e && c != '\\') {
            out += c;
        } else {
            out += fmt::format("\\x{:02x}", byte);
        }
    }
    return out;
}

}  // namespace duplid::test
