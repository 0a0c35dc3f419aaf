#include "tests/unit/engine/manifest/golden.hpp"

#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <zlib.h>

namespace duplid::manifest::test {

namespace {

const std::filesystem::path vectors = std::filesystem::path{DUPLID_GOLDEN} / "duplicity-0.8.22";

/// Bytes as zlib's own reader gives them, which passes plain text through.
io::Bytes gunzipped(const std::string& path)
{
    const auto close = [](gzFile file) { ::gzclose(file); };
    const std::unique_ptr<gzFile_s, decltype(close)> file{::gzopen(path.c_str(), "rb"), close};
    io::Bytes bytes;
    std::array<std::byte, 4096> buffer{};
    int count = 0;
    while ((count = ::gzread(file.get(), buffer.data(), buffer.size())) > 0) {
        io::append(bytes, io::ByteView{buffer}.first(static_cast<std::size_t>(count)));
    }
    if (count < 0) {
        throw std::runtime_error{"cannot inflate " + path};
    }
    return bytes;
}

/// A gpg home with the throw-away keys of the vectors.
class GpgHome {
public:
    GpgHome() { run(gpg() + " --import '" + (vectors / "keys/secret-keys.asc").string() + "'"); }
    GpgHome(const GpgHome&) = delete;
    GpgHome& operator=(const GpgHome&) = delete;
    ~GpgHome()
    {
        (void)std::system(("gpgconf --homedir '" + home_.path() + "' --kill all").c_str());
    }

    [[nodiscard]] io::Bytes decrypted(const std::string& path) const
    {
        const std::string out = home_.path() + "/plain";
        run(gpg() + " --pinentry-mode loopback --passphrase 'duplid test passphrase' --yes -o '" +
            out + "' -d '" + path + "'");
        return io::read_file(out, std::size_t{1} << 20);
    }

private:
    [[nodiscard]] std::string gpg() const
    {
        return "gpg -q --batch --homedir '" + home_.path() + "'";
    }
    static void run(const std::string& command)
    {
        if (std::system((command + " 2>/dev/null").c_str()) != 0) {
            throw std::runtime_error{"failed: " + command};
        }
    }

    io::TempDirectory home_{};
};

}  // namespace

std::vector<std::string> golden_manifests()
{
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{vectors}) {
        if (entry.path().filename().string().find(".m") != std::string::npos &&
            entry.is_regular_file() && entry.path().extension() != ".md") {
            paths.push_back(std::filesystem::relative(entry.path(), vectors).string());
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

io::Bytes golden_manifest(const std::string& path)
{
    const std::string full_path = (vectors / path).string();
    if (path.ends_with(".gpg")) {
        static const GpgHome home;
        return home.decrypted(full_path);
    }
    return gunzipped(full_path);
}

}  // namespace duplid::manifest::test
