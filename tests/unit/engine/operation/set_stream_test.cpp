// Goal: the golden vectors' own volumes are read as duplicity reads them, and damage is named.
// (That every vector restores to its expected tree is shown by tests/interop.)
#include "engine/operation/state/set_stream.hpp"

#include "engine/chain/choice.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/file/file_remote.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace duplid;
namespace fs = std::filesystem;

namespace {

/// A copy of the vector `plain`, which a test may damage.
struct Plain {
    io::TempDirectory temporary;
    fs::path directory = fs::path{temporary.path()} / "target";
    codec::WorkerPool pool{1};
    std::optional<file::FileRemote> target;
    std::optional<cache::ArchiveDirectory> cache;
    std::optional<operation::Archive> archive;
    operation::Listing listing;

    Plain()
    {
        fs::create_directory(directory);
        for (const auto& entry :
             fs::directory_iterator{DUPLID_GOLDEN "/duplicity-0.8.22/plain/target"}) {
            io::replace_file(directory / entry.path().filename(),
                             io::read_file(entry.path(), 10'000'000));
        }
        target.emplace(directory);
        cache = cache::ArchiveDirectory::create(temporary.path() + "/archive", "x");
        archive.emplace(operation::Archive{*target, *cache, pool, {}});
        archive->settings.temp_directory = temporary.path();
    }

    /// Everything of the full set that can be read past damage, file content joined; and what is
    /// lost.
    struct Salvage {
        std::map<std::string, std::string> content;
        std::set<std::string> lost;
        std::vector<std::string> told;
        bool has_gap = false;
    };
    Salvage salvage(bool with_signatures)
    {
        listing = operation::list_archive(*archive);
        const auto& full = listing.collection.chains.at(0).sets.at(0);
        Salvage found;
        operation::SetStreamOptions options;
        options.on_lost_volume = [&](const Error& error) { found.told.push_back(error.object()); };
        if (with_signatures) {
            options.signatures = operation::find_signatures(listing.collection, full.id);
        }
        operation::SetStream stream{*archive, full, operation::load_manifest(*archive, full),
                                    options};
        std::string last;
        while (stream.next()) {
            CHECK((found.content.empty() || stream.key() > last));  // in order, each once
            last = stream.key();
            io::MemorySink sink;
            if (stream.lost() != nullptr) {
                found.lost.insert(stream.key());
                continue;
            }
            try {
                io::copy(stream.data(), sink);
                found.content[stream.key()] = io::text_of(sink.view());
            } catch (const Error& error) {
                CHECK(error.kind() == Error::Kind::corrupt);
                found.lost.insert(stream.key());
            }
        }
        found.has_gap = stream.had_gap();
        return found;
    }

    std::set<std::string> keys(const std::string& below)
    {
        listing = operation::list_archive(*archive);
        const auto& full = listing.collection.chains.at(0).sets.at(0);
        operation::SetStream stream{
            *archive, full, operation::load_manifest(*archive, full), {below, false}};
        std::set<std::string> keys;
        std::uint64_t bytes = 0;
        while (stream.next()) {
            CHECK(keys.insert(stream.key()).second);
            io::MemorySink sink;
            bytes += io::copy(stream.data(), sink);
        }
        CHECK((bytes > 0 || !below.empty()));
        return keys;
    }

    [[nodiscard]] std::string volume(int number) const
    {
        return "duplicity-full.20240101T000000Z.vol" + std::to_string(number) + ".difftar.gz";
    }
};

Error error_of(Plain& plain, const std::string& below)
{
    try {
        (void)plain.keys(below);
    } catch (const Error& error) {
        return error;
    }
    FAIL("nothing was thrown");
    return Error{Error::Kind::internal, ""};
}

}  // namespace

TEST_CASE("each object of a set comes once, its blocks joined across volumes")
{
    Plain plain;
    const auto all = plain.keys("");
    CHECK(all.contains(""));
    CHECK(all.contains("big.bin"));
    CHECK(all.contains("exact64k"));
    const auto below = plain.keys("a");
    CHECK(below.contains("a"));
    CHECK(below.contains(std::string{"a\0inside", 8}));
    CHECK_FALSE(below.contains("a-b"));
}

TEST_CASE("a flipped byte is found before anything of the volume is used")
{
    Plain plain;
    const auto path = plain.directory / plain.volume(2);
    auto bytes = io::read_file(path, 10'000'000);
    bytes[bytes.size() / 2] ^= std::byte{1};
    io::replace_file(path, bytes);
    const auto error = error_of(plain, "");
    CHECK(error.kind() == Error::Kind::corrupt);
    CHECK(error.object() == plain.volume(2));
}

TEST_CASE("a missing volume is named, and matters only to what is in it")
{
    Plain plain;
    fs::remove(plain.directory / plain.volume(2));
    const auto error = error_of(plain, "");
    CHECK(error.kind() == Error::Kind::corrupt);
    CHECK(std::string{error.what()}.find("volume 2") != std::string::npos);
    CHECK(plain.keys("a").size() > 1);
}

TEST_CASE("a lost volume costs its files alone, whichever volume it is")
{
    const auto whole = Plain{}.salvage(true);
    CHECK(whole.lost.empty());
    for (const int number : {1, 2}) {
        CAPTURE(number);
        Plain plain;
        fs::remove(plain.directory / plain.volume(number));
        const auto left = plain.salvage(true);
        CHECK(left.told.size() == 1);
        CHECK_FALSE(left.has_gap);
        CHECK(left.lost.contains("big.bin"));  // it lies in both
        CHECK(left.content.size() + left.lost.size() == whole.content.size());
        for (const auto& member : left.content) {
            CAPTURE(member.first);
            CHECK(member.second == whole.content.at(member.first));
        }
    }
}

TEST_CASE("what lies in a broken tar before the break is not lost")
{
    // The manifest is given the hash of the broken volume, so that only the tar is at fault.
    Plain plain;
    const auto whole = plain.salvage(true);
    const auto path = plain.directory / plain.volume(1);
    const auto bytes = io::read_file(path, 10'000'000);
    const auto cut = io::ByteView{bytes}.first(bytes.size() * 9 / 10);
    io::replace_file(path, cut);
    const auto manifest = plain.directory / "duplicity-full.20240101T000000Z.manifest";
    auto text = std::string{io::text_of(io::read_file(manifest, 1'000'000))};
    const auto old = io::digest_hex(io::Digest::Algorithm::sha1, bytes);
    text.replace(text.find(old), old.size(), io::digest_hex(io::Digest::Algorithm::sha1, cut));
    io::replace_file(manifest, io::view_of(text));
    fs::remove_all(plain.temporary.path() + "/archive/x/duplicity-full.20240101T000000Z.manifest");
    const auto left = plain.salvage(true);
    CHECK(left.told == std::vector<std::string>{plain.volume(1)});
    CHECK_FALSE(left.lost.empty());
    CHECK(left.content.contains("a"));
    CHECK(left.content.size() + left.lost.size() == whole.content.size());
    for (const auto& member : left.content) {
        CAPTURE(member.first);
        CHECK(member.second == whole.content.at(member.first));
    }
}

TEST_CASE("without signatures the list of files names what is lost, and the rest is known as a gap")
{
    Plain plain;
    fs::remove(plain.directory / plain.volume(2));
    const auto left = plain.salvage(false);
    CHECK(left.has_gap);
    CHECK(left.lost.contains("big.bin"));
    CHECK(left.content.contains("a"));
}
