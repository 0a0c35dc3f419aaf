// Printing. The witness is each manifest that duplicity wrote in one go: parsed and printed again
// it must be the same bytes.
#include "engine/manifest/writer.hpp"

#include "engine/manifest/reader.hpp"
#include "storage/io/error.hpp"
#include "tests/unit/engine/manifest/golden.hpp"

#include <doctest/doctest.h>

namespace manifest = duplid::manifest;
namespace io = duplid::io;
using duplid::Error;
using manifest::FileChange;
using manifest::Manifest;
using manifest::Volume;

TEST_CASE("every manifest that duplicity wrote in one go is printed to the byte")
{
    int printed = 0;
    for (const auto& path : manifest::test::golden_manifests()) {
        // Restarted, and written by `replicate`: records repeated, out of order.
        if (path.starts_with("resumed/") || path.starts_with("replica/")) {
            continue;
        }
        CAPTURE(path);
        const auto golden = manifest::test::golden_manifest(path);
        const auto bytes = manifest::print(manifest::parse(golden));
        CHECK(io::text_of(bytes) == io::text_of(golden));
        ++printed;
    }
    CHECK(printed == 26);
}

TEST_CASE("a manifest written in pieces is the one written at once")
{
    const auto golden =
        manifest::test::golden_manifest("plain/target/duplicity-full.20240101T000000Z.manifest");
    const Manifest whole = manifest::parse(golden);
    std::string text =
        manifest::print_head({.hostname = whole.hostname, .localdir = whole.localdir});
    for (const Volume& volume : whole.volumes) {
        text += manifest::print_volume(volume);
    }
    text += manifest::print_file_list_head(whole.files.size());
    for (const FileChange& change : whole.files) {
        text += manifest::print_file_change(change);
    }
    CHECK(text == io::text_of(golden));
}

TEST_CASE("private lines appear only where there is something private to say")
{
    Manifest with{.volumes = {{.number = 1, .sha1 = std::string(40, 'a'), .chunks = "AA=="}}};
    const std::string hash = "    Hash SHA1 " + std::string(40, 'a') + "\n";
    const std::string range = "Volume 1:\n    StartingPath   .  \n    EndingPath     .  \n";
    CHECK(io::text_of(manifest::print(with)) ==
          "Duplid-Format 1\n" + range + hash + "    Duplid-Chunks AA==\n");
    CHECK(manifest::parse(manifest::print(with)) == with);

    with.volumes.front().chunks.clear();
    CHECK(io::text_of(manifest::print(with)) == range + hash);
}

TEST_CASE("an unchanged increment states an empty list, as duplicity does")
{
    CHECK(manifest::print_file_list_head(0) == "Filelist 0\n");
}

TEST_CASE("what cannot be read back is not written")
{
    CHECK_THROWS_AS((void)manifest::print_head({.hostname = "a\nVolume 1:"}), Error);
    CHECK_THROWS_AS((void)manifest::print({.volumes = {{.number = 2}, {.number = 1}}}), Error);
    CHECK_THROWS_AS((void)manifest::print({.volumes = {{.number = 1}, {.number = 1}}}), Error);
}

TEST_CASE("what a volume is a copy of is written, and read again")
{
    manifest::Manifest original;
    manifest::Volume volume;
    volume.number = 1;
    volume.sha1 = std::string(40, 'a');
    volume.source_sha1 = std::string(40, 'b');
    original.volumes.push_back(volume);
    const auto bytes = manifest::print(original);
    CHECK(io::text_of(bytes).find("    Duplid-Source-SHA1 " + volume.source_sha1 + "\n") !=
          std::string_view::npos);
    CHECK(io::text_of(bytes).starts_with("Duplid-Format 1\n"));
    CHECK(manifest::parse(bytes) == original);
}
