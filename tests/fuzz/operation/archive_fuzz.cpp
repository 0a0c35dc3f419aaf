// A whole archive of any bytes: restore, list and check end, with or without an error, and nothing
// outside the destination is touched.
//
// The input's first byte says which file it is: the volume, the signatures or the manifest of a set
// whose other files are good.
#include "engine/operation/check/check.hpp"
#include "engine/operation/question/list_files.hpp"
#include "engine/operation/restore/restore.hpp"
#include "engine/tar/header.hpp"
#include "engine/volume/member.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "tests/support/memory_remote.hpp"
#include "tests/support/quick_directory.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <sys/stat.h>

using namespace duplid;
namespace fs = std::filesystem;

namespace {

class Silent final : public operation::Monitor {
public:
    void phase(operation::Phase) noexcept override {}
    void progress(const operation::Progress&) noexcept override {}
    void warn(const Error&) noexcept override {}
    void note(std::string_view) noexcept override {}
};

enum class Part { volume, signatures, manifest, count };

/// The tar of a root directory and one file, as a volume or as signatures have them.
io::Bytes good_tar(volume::Container container)
{
    io::Bytes bytes;
    tar::Header header;
    header.type = tar::Type::directory;
    header.mode = 0755;
    volume::put_member_name(container, volume::MemberKind::snapshot, "", header.type, header.name);
    tar::append_header(header, bytes);
    bytes.resize(bytes.size() + 1024);
    return bytes;
}

std::string manifest_of(io::ByteView volume)
{
    io::Digest digest{io::Digest::Algorithm::sha1};
    digest.add(volume);
    return fmt::format("Hostname h\nLocaldir /s\nVolume 1:\n    StartingPath   .  \n"
                       "    EndingPath     \"\\xff\"  \n    Hash SHA1 {}\nFilelist 0\n",
                       digest.hex());
}

io::Bytes bytes_of(std::string_view text)
{
    const auto view = io::view_of(text);
    return {view.begin(), view.end()};
}

struct Canary {
    fs::path path;
    struct stat before {};

    explicit Canary(fs::path at) : path{std::move(at)}
    {
        io::replace_file(path, io::view_of("untouched"));
        ::stat(path.c_str(), &before);
    }
    void check() const
    {
        struct stat now {};
        if (::stat(path.c_str(), &now) != 0 || now.st_ino != before.st_ino ||
            now.st_mode != before.st_mode || now.st_uid != before.st_uid ||
            now.st_nlink != before.st_nlink || now.st_size != before.st_size ||
            now.st_ctim.tv_nsec != before.st_ctim.tv_nsec) {
            std::abort();
        }
    }
};

/// Whatever it throws is an Error.
template <class Work>
void try_it(Work work)
{
    try {
        work();
    } catch (const Error&) {
        // The usual end.
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) {
        return 0;
    }
    static const io::TempDirectory temporary{support::quick_directory()};
    static codec::WorkerPool pool{1};
    const fs::path root = temporary.path();
    static const Canary canary{root / "canary"};

    const auto part = static_cast<Part>(data[0] % static_cast<unsigned>(Part::count));
    const io::ByteView input{reinterpret_cast<const std::byte*>(data + 1), size - 1};
    const io::Bytes hostile{input.begin(), input.end()};
    const auto volume = part == Part::volume ? hostile : good_tar(volume::Container::difftar);
    support::MemoryRemote target;
    target.set("duplicity-full.20240101T000000Z.vol1.difftar", volume);
    target.set("duplicity-full-signatures.20240101T000000Z.sigtar",
               part == Part::signatures ? hostile : good_tar(volume::Container::sigtar));
    target.set("duplicity-full.20240101T000000Z.manifest",
               part == Part::manifest ? hostile : bytes_of(manifest_of(volume)));

    {
        auto cache = cache::ArchiveDirectory::create(root / "archive", "x");
        operation::Archive archive{target, cache, pool, {}};
        archive.settings.temp_directory = root;
        archive.settings.compress = false;
        Silent monitor;
        try_it([&] {
            operation::RestoreRequest request;
            request.destination = root / "destination";
            request.ignore_errors = data[0] >= 0x80;
            static_cast<void>(operation::restore(archive, request, monitor, {}));
        });
        try_it([&] {
            operation::CheckRequest request;
            request.sample.kind = operation::Sample::Kind::all;
            static_cast<void>(operation::check(archive, request, monitor, {}));
        });
        try_it([&] {
            static_cast<void>(
                operation::list_files(archive, {}, monitor, {}, [](const auto&) { return true; }));
        });
    }
    canary.check();
    for (const auto& entry : fs::directory_iterator{root}) {
        const auto name = entry.path().filename();
        if (name != "canary" && name != "archive" && name != "destination") {
            std::abort();
        }
    }
    fs::remove_all(root / "archive");
    fs::remove_all(root / "destination");
    return 0;
}
