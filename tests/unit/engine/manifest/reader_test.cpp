// Reading. Witnesses: the vectors by duplicity 0.8.22, and the examples and rules of
// archive-format.md 3, which were learnt by giving manifests to the real program.
#include "engine/manifest/reader.hpp"

#include "engine/naming/index.hpp"
#include "storage/io/error.hpp"
#include "tests/unit/engine/manifest/golden.hpp"

#include <algorithm>
#include <doctest/doctest.h>

namespace manifest = duplid::manifest;
namespace naming = duplid::naming;
namespace io = duplid::io;
using duplid::Error;
using manifest::Bound;
using manifest::FileChange;
using manifest::Manifest;

namespace {

const std::string hash_line = "    Hash SHA1 bf60395a69fcb5d45a0a1eb1e5bed2974e3e999e\n";

std::string record(int number, const std::string& extra = hash_line)
{
    return "Volume " + std::to_string(number) +
           ":\n    StartingPath   .  \n    EndingPath     z  \n" + extra;
}

Manifest parse(const std::string& text)
{
    return manifest::parse(io::view_of(text));
}

std::vector<std::uint32_t> numbers_of(const Manifest& parsed)
{
    std::vector<std::uint32_t> numbers;
    for (const auto& volume : parsed.volumes) {
        numbers.push_back(volume.number);
    }
    return numbers;
}

std::vector<std::uint32_t> numbers_after(std::initializer_list<int> sequence)
{
    std::string text;
    for (const int number : sequence) {
        text += record(number);
    }
    return numbers_of(parse(text));
}

/// The message of the error that reading `text` ends with; empty when there is none.
std::string complaint(const std::string& text)
{
    try {
        (void)parse(text);
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::corrupt);
        return error.what();
    }
    return {};
}

using Numbers = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("the manifest of a full with odd names says what went into it")
{
    const Manifest parsed = manifest::parse(
        manifest::test::golden_manifest("plain/target/duplicity-full.20240101T000000Z.manifest"));
    CHECK(parsed.hostname == "vectorhost");
    CHECK(parsed.localdir == "/srv/dupvec/src");
    REQUIRE(parsed.volumes.size() == 2);
    CHECK(parsed.volumes[0].first == Bound{});
    CHECK(parsed.volumes[0].last == Bound{"big.bin", 15});
    CHECK(parsed.volumes[0].sha1 == "bf60395a69fcb5d45a0a1eb1e5bed2974e3e999e");
    CHECK(parsed.volumes[1].first == Bound{"big.bin", 16});
    CHECK(parsed.volumes[1].last == Bound{"unicode-žluťoučký-日本-😀", std::nullopt});
    CHECK(parsed.has_file_list);
    CHECK(parsed.files_stated == 48);
    REQUIRE(parsed.files.size() == 48);
    const auto has = [&parsed](const std::string& path) {
        const FileChange wanted{FileChange::Action::added, naming::key_of_path(path)};
        return std::count(parsed.files.begin(), parsed.files.end(), wanted) == 1;
    };
    CHECK(has("a/inside"));
    CHECK(has("new\nline"));
    CHECK(has("quote\"'back\\slash"));
}

TEST_CASE("the file list of an increment tells new, changed and deleted apart")
{
    const Manifest parsed = manifest::parse(manifest::test::golden_manifest(
        "plain/target/duplicity-inc.20240101T000000Z.to.20240102T000000Z.manifest"));
    const auto has = [&parsed](FileChange::Action action, const std::string& path) {
        const FileChange wanted{action, naming::key_of_path(path)};
        return std::count(parsed.files.begin(), parsed.files.end(), wanted) == 1;
    };
    CHECK(has(FileChange::Action::removed, "deleted-dir/sub/x"));
    CHECK(has(FileChange::Action::changed, "grow.bin"));
}

TEST_CASE("every manifest of the vectors is read, encrypted and partial ones too")
{
    const auto paths = manifest::test::golden_manifests();
    CHECK(paths.size() == 28);
    for (const auto& path : paths) {
        CAPTURE(path);
        const auto golden = manifest::test::golden_manifest(path);
        const Manifest parsed = manifest::parse(golden);
        REQUIRE_FALSE(parsed.volumes.empty());
        for (std::size_t i = 0; i < parsed.volumes.size(); ++i) {
            CHECK(parsed.volumes[i].number == i + 1);
            CHECK(parsed.volumes[i].sha1.size() == 40);
        }
        CHECK(parsed.files.size() == parsed.files_stated);
        CHECK(manifest::parse_unfinished(golden) == parsed);
    }
}

TEST_CASE("reading piece by piece gives the same, with the list of files told as it comes")
{
    const auto golden =
        manifest::test::golden_manifest("plain/target/duplicity-full.20240101T000000Z.manifest");
    // One byte at a time, which is as unkind as a source can be.
    class Trickle final : public io::Source {
    public:
        explicit Trickle(io::ByteView bytes) : left_{bytes} {}
        std::size_t read(io::ByteSpan into) override
        {
            if (left_.empty()) {
                return 0;
            }
            into.front() = left_.front();
            left_ = left_.subspan(1);
            return 1;
        }

    private:
        io::ByteView left_;
    };
    Manifest expected = manifest::parse(golden);
    std::vector<FileChange> files;
    Trickle told{golden};
    Manifest parsed = manifest::parse(
        told, [&files](FileChange&& change) { files.push_back(std::move(change)); });
    CHECK(files == expected.files);
    expected.files.clear();
    CHECK(parsed == expected);
    Trickle skipped{golden};
    CHECK(manifest::parse(skipped, {}) == expected);
}

TEST_CASE("a restarted run and a replica both yield every volume once")
{
    const Manifest resumed = manifest::parse(
        manifest::test::golden_manifest("resumed/target/duplicity-full.20240101T000000Z.manifest"));
    CHECK(numbers_of(resumed) == Numbers{1, 2, 3, 4});
    CHECK(resumed.volumes[2].sha1 == "47471e71085be13e6d010cf16c10d1b882abf798");

    Manifest replica = manifest::parse(manifest::test::golden_manifest(
        "replica/target/duplicity-full.20240101T000000Z.manifest.gz"));
    CHECK(numbers_of(replica) == Numbers{1, 2, 3, 4});
    CHECK_FALSE(replica.hostname);
    CHECK_FALSE(replica.localdir);
    CHECK_FALSE(replica.has_file_list);
    for (std::size_t i = 0; i < 4; ++i) {
        // The copy was compressed anew, so hashes differ; ranges do not.
        CHECK(replica.volumes[i].first == resumed.volumes[i].first);
        CHECK(replica.volumes[i].last == resumed.volumes[i].last);
    }
}

TEST_CASE("numbers above the last record are dropped only where a run went back")
{
    CHECK(numbers_after({1, 2, 3}) == Numbers{1, 2, 3});
    CHECK(numbers_after({1, 2, 3, 2, 3, 4}) == Numbers{1, 2, 3, 4});
    CHECK(numbers_after({1, 2, 3, 3, 4}) == Numbers{1, 2, 3, 4});
    CHECK(numbers_after({1, 2, 3, 4, 2}) == Numbers{1, 2});
    CHECK(numbers_after({1, 2, 1}) == Numbers{1});
    CHECK(numbers_after({2, 1, 4, 3}) == Numbers{1, 2, 3, 4});
    CHECK(numbers_after({2, 1}) == Numbers{1, 2});
}

TEST_CASE("of two records with one number the later counts")
{
    const std::string other = "    Hash SHA1 0000000000000000000000000000000000000001\n";
    const Manifest parsed = parse(record(1) + record(1, other));
    REQUIRE(parsed.volumes.size() == 1);
    CHECK(parsed.volumes[0].sha1 == "0000000000000000000000000000000000000001");
}

TEST_CASE("block numbers are read after either path, or not there")
{
    // The example of archive-format.md 3.4.
    const Manifest parsed = parse("Volume 2:\n    StartingPath   b 2\n    EndingPath     b 3\n"
                                  "Volume 3:\n    StartingPath   b  \n    EndingPath     e 2\n");
    REQUIRE(parsed.volumes.size() == 2);
    CHECK(parsed.volumes[0].first == Bound{"b", 2});
    CHECK(parsed.volumes[0].last == Bound{"b", 3});
    CHECK(parsed.volumes[1].first == Bound{"b", std::nullopt});
    CHECK(parsed.volumes[1].last == Bound{"e", 2});
}

TEST_CASE("an empty last volume is read as it is written")
{
    const Manifest parsed =
        parse("Volume 1:\n    StartingPath   .  \n    EndingPath     f  \n" + hash_line +
              "Volume 2:\n    StartingPath   .  \n    EndingPath     f  \n" + hash_line);
    REQUIRE(parsed.volumes.size() == 2);
    CHECK(parsed.volumes[1].first == Bound{});
    CHECK(parsed.volumes[1].last == Bound{"f", std::nullopt});
}

TEST_CASE("keywords in any case, other indentation, unknown lines and odd places are fine")
{
    const Manifest parsed = parse("Some-Future-Line 7\n"
                                  "Filelist 2\n"
                                  "\tNEW a\n"
                                  "  deleted \"b\\x20c\"\n"
                                  "  created d\n"
                                  "LOCALDIR \"/with\\x20blank\"\n"
                                  "volume 1:\n"
                                  "startingpath .\n"
                                  "\t  EndingPath\ta/b\t3  \r\n"
                                  "    Hash MD5 0123\n"
                                  "    Hash SHA256 4567\n"
                                  "    hash sha1 BF60395A69FCB5D45A0A1EB1E5BED2974E3E999E\n"
                                  "    Duplid-Other thing\n"
                                  "\n"
                                  "hostname  first\n"
                                  "Hostname second\n");
    CHECK(parsed.hostname == "first");
    CHECK(parsed.localdir == "/with blank");
    REQUIRE(parsed.volumes.size() == 1);
    CHECK(parsed.volumes[0].last == Bound{naming::key_of_path("a/b"), 3});
    CHECK(parsed.volumes[0].sha1 == "bf60395a69fcb5d45a0a1eb1e5bed2974e3e999e");
    CHECK(parsed.volumes[0].other_hashes ==
          std::vector<std::pair<std::string, std::string>>{{"MD5", "0123"}, {"SHA256", "4567"}});
    CHECK(parsed.files == std::vector<FileChange>{{FileChange::Action::added, "a"},
                                                  {FileChange::Action::removed, "b c"}});
}

TEST_CASE("everything optional may be missing")
{
    const Manifest bare = parse(record(1, ""));
    CHECK_FALSE(bare.hostname);
    CHECK_FALSE(bare.localdir);
    CHECK_FALSE(bare.has_file_list);
    REQUIRE(bare.volumes.size() == 1);
    CHECK(bare.volumes[0].sha1.empty());
    CHECK(parse("Hostname h\n").volumes.empty());  // duplicity 3 tolerates no volumes at all
}

TEST_CASE("chunks are kept under the private format that is known, and under none")
{
    const std::string chunks = hash_line + "    Duplid-Chunks AA==\n";
    CHECK(parse(record(1, chunks)).volumes[0].chunks == "AA==");
    CHECK(parse("Duplid-Format 1\n" + record(1, chunks)).volumes[0].chunks == "AA==");
    CHECK(parse("Duplid-Format 2\n" + record(1, chunks)).volumes[0].chunks.empty());
}

TEST_CASE("a list of files that is wrong about its length is a blemish, not damage")
{
    const Manifest parsed = parse(record(1) + "Filelist 5\n    new      a\n");
    CHECK(parsed.files_stated == 5);
    CHECK(parsed.files.size() == 1);
}

TEST_CASE("damage is refused with the line it is in")
{
    struct Row {
        std::string text, expected;
    };
    const std::string two = "Volume 1:\n    StartingPath   .  \n";
    for (const auto& row : {
             Row{"", "none of the 0 lines"},
             Row{"hello\nworld\n", "none of the 2 lines"},
             Row{std::string(300, '\0') + "\n", "none of the 1 lines"},
             Row{record(1) + "Volume 2:\n    StartingPath", "line 6 is cut off"},
             Row{record(1) + "Filelist 1\n    new      a", "line 6 is cut off"},
             Row{two, "volume 1 (line 1) lacks a path"},
             Row{two + record(2), "line 3: the record of volume 1 (line 1) lacks a path"},
             Row{"Volume x:\n", "line 1: no usable volume number"},
             Row{"Volume 1\n", "line 1: no usable volume number"},
             Row{"Volume 0:\n", "line 1: no usable volume number"},
             Row{"Volume -1:\n", "line 1: no usable volume number"},
             Row{"Volume 4294967296:\n", "line 1: no usable volume number"},
             Row{two + "    EndingPath\n", "line 3: neither"},
             Row{two + "    EndingPath a b c\n", "line 3: neither"},
             Row{two + "    EndingPath a b\n", "line 3: no usable block"},
             Row{two + "    EndingPath a 18446744073709551616\n", "line 3: no usable block"},
             Row{two + "    EndingPath \"a\n", "line 3: path is badly quoted"},
             Row{two + "    EndingPath a/../b\n", "line 3: path leads upwards"},
             Row{two + "    Hash SHA1\n", "line 3: a hash is"},
             Row{two + "    Hash SHA1 bf60\n", "line 3: not a SHA-1"},
             Row{record(1) + "Filelist 1\n    new a b\n", "line 6: a changed file"},
             Row{record(1) + "Filelist 1\n    new ../a\n", "line 6: path leads upwards"},
             Row{std::string(manifest::line_bytes_max + 1, 'x'), "line 1 is too long"},
         }) {
        CAPTURE(row.expected);
        const std::string message = complaint(row.text);
        CAPTURE(message);
        CHECK(message.find(row.expected) != std::string::npos);
    }
}

TEST_CASE("a manifest cut anywhere is read without harm, and an unfinished one keeps whole records")
{
    const auto golden = manifest::test::golden_manifest(
        "partial/archive-dir/duplicity-full.20240101T000000Z.manifest.part");
    const Manifest whole = manifest::parse(golden);
    REQUIRE(numbers_of(whole) == Numbers{1, 2, 3});
    const auto text = io::text_of(golden);
    for (std::size_t bytes = 0; bytes <= golden.size(); ++bytes) {
        CAPTURE(bytes);
        const Manifest cut = manifest::parse_unfinished(io::ByteView{golden}.first(bytes));
        // A record counts from its last line on, the hash.
        std::size_t expected = 0;
        for (std::size_t at = 0; (at = text.find("Hash SHA1", at)) != std::string_view::npos;) {
            at = text.find('\n', at) + 1;
            expected += at <= bytes ? 1 : 0;
        }
        REQUIRE(cut.volumes.size() == expected);
        for (std::size_t i = 0; i < expected; ++i) {
            REQUIRE(cut.volumes[i] == whole.volumes[i]);
        }
        if (bytes > 0 && bytes < golden.size() && text[bytes - 1] != '\n') {
            REQUIRE_FALSE(complaint(std::string{text.substr(0, bytes)}).empty());
        }
    }
}
