// Goal: whenever a run is killed, `.manifest.part` names only volumes that the target has
// confirmed, in order and without a gap, and the journal says no less. Method: acknowledgements in
// every order.
#include "engine/operation/backup/set_record.hpp"

#include "engine/manifest/reader.hpp"
#include "engine/operation/backup/resume_mark.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "tests/support/quick_directory.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <vector>

using namespace duplid;

namespace {

struct World {
    io::TempDirectory directory{support::quick_directory()};
    std::unique_ptr<cache::Journal> journal = cache::Journal::open(directory.path());
    operation::SigtarWriter sigtar{directory.path() + "/s.part"};
    operation::ManifestPart manifest{
        directory.path() + "/m.part", directory.path() + "/m", {"host", "/source", false}};

    World() { journal->begin({}); }

    void intend(operation::SetRecord& record, std::uint32_t number)
    {
        tar::Header header;
        sigtar.add(volume::MemberKind::deleted, fmt::format("{}", number), header);
        sigtar.flush();
        manifest::Volume volume;
        volume.number = number;
        volume.sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        cache::JournalVolume intent;
        intent.number = number;
        intent.record = manifest::print_volume(volume);
        operation::ResumeMark mark;
        mark.sigtar_bytes = sigtar.bytes();
        intent.mark = print(mark);
        record.intend(std::move(intent));
    }

    [[nodiscard]] std::vector<std::uint32_t> recorded() const
    {
        std::vector<std::uint32_t> numbers;
        const auto text = io::read_file_if_there(directory.path() + "/m.part", 100'000);
        if (text) {
            for (const auto& volume : manifest::parse_unfinished(*text).volumes) {
                numbers.push_back(volume.number);
            }
        }
        return numbers;
    }
};

}  // namespace

TEST_CASE("only volumes that are acknowledged together with all before them are listed")
{
    std::vector<std::uint32_t> order{1, 2, 3, 4};
    do {
        World world;
        operation::SetRecord record{*world.journal, world.sigtar, world.manifest, {}};
        for (std::uint32_t number = 1; number <= 4; ++number) {
            world.intend(record, number);
        }
        CHECK_FALSE(std::filesystem::exists(world.directory.path() + "/m.part"));
        std::vector<bool> there(6);
        for (const auto number : order) {
            there[number] = true;
            std::uint32_t expected = 0;
            while (there[expected + 1]) {
                ++expected;
            }
            CHECK(record.acknowledge(number) == expected);
            std::vector<std::uint32_t> all(expected);
            std::generate(all.begin(), all.end(), [n = 0U]() mutable { return ++n; });
            CHECK(world.recorded() == all);
            CHECK(world.journal->unfinished()->volumes.at(number - 1).acknowledged);
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("records of a set that is gone on with are cut to what is kept, and grow from there")
{
    World world;
    {
        operation::SetRecord record{*world.journal, world.sigtar, world.manifest, {}};
        for (std::uint32_t number = 1; number <= 3; ++number) {
            world.intend(record, number);
            static_cast<void>(record.acknowledge(number));
        }
    }
    const auto volumes = world.journal->unfinished()->volumes;
    const auto mark = operation::parse_resume_mark(volumes[1].mark);
    REQUIRE(mark);
    world.manifest.restart(volumes[0].record + volumes[1].record);
    CHECK(world.recorded() == std::vector<std::uint32_t>{1, 2});
    world.journal->rewind(2);
    operation::SetRecord record{*world.journal,
                                world.sigtar,
                                world.manifest,
                                {2, mark->sigtar_bytes, volumes[1].signatures_sha1}};
    world.intend(record, 3);
    CHECK(record.acknowledge(3) == 3);
    CHECK(world.recorded() == std::vector<std::uint32_t>{1, 2, 3});
    world.manifest.restart({});
    CHECK_FALSE(std::filesystem::exists(world.directory.path() + "/m.part"));
}

TEST_CASE("the signatures up to each volume have a name that any change of them changes")
{
    World world;
    operation::SetRecord record{*world.journal, world.sigtar, world.manifest, {}};
    for (std::uint32_t number = 1; number <= 3; ++number) {
        world.intend(record, number);
    }
    const auto volumes = world.journal->unfinished()->volumes;
    const auto names = [&] {
        std::vector<std::string> found;
        std::string name;
        std::uint64_t from = 0;
        for (const auto& volume : volumes) {
            const auto to = operation::parse_resume_mark(volume.mark)->sigtar_bytes;
            name = operation::chain_signatures(name, world.sigtar.fd(), from, to);
            from = to;
            found.push_back(name);
        }
        return found;
    };
    std::vector<std::string> written;
    for (const auto& volume : volumes) {
        written.push_back(volume.signatures_sha1);
    }
    CHECK(names() == written);
    auto bytes = io::read_file(world.directory.path() + "/s.part", 100'000);
    bytes[600] ^= std::byte{1};  // in the entry of volume 2
    io::Fd file = io::open_file(world.directory.path() + "/s.part", O_WRONLY);
    io::write_full(file.get(), bytes, "s.part");
    CHECK(names()[0] == written[0]);
    CHECK(names()[1] != written[1]);
    CHECK(names()[2] != written[2]);
}
