// Goal: when the manifest does not arrive, and then not even the partial one can be put back, what
// is told is why it did not arrive. Method: a target that refuses the manifest, and first puts a
// directory where the partial one was.
#include "engine/operation/backup/backup.hpp"
#include "tests/support/forwarding_remote.hpp"
#include "tests/support/memory_remote.hpp"
#include "tests/unit/engine/operation/mortal_world.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using namespace duplid::mortal;

namespace {

/// Refuses manifests, and calls `mischief` before it does.
class NoManifests final : public support::ForwardingRemote {
public:
    NoManifests(remote::Remote& next, std::function<void()> mischief)
        : ForwardingRemote{next}, mischief_{std::move(mischief)}
    {
    }
    void put(io::TempFile& spool, const std::string& name) override
    {
        if (name.find(".manifest") != std::string::npos) {
            mischief_();
            throw Error{Error::Kind::unreachable, "the line was cut", name};
        }
        ForwardingRemote::put(spool, name);
    }

private:
    std::function<void()> mischief_;
};

struct Place {
    Source source;
    io::TempDirectory temporary{support::quick_directory()};
    fs::path root = temporary.path();
    codec::WorkerPool pool{2};
    support::MemoryRemote memory;
    Notes monitor;
    static constexpr std::int64_t time = 1'700'000'000;

    Place() { source.write("file", "content"); }

    [[nodiscard]] fs::path part() const
    {
        return root / "archive" / "x" / "duplicity-full.20231114T221320Z.manifest.part";
    }

    std::string failure_of_backup(std::function<void()> mischief)
    {
        NoManifests target{memory, std::move(mischief)};
        auto cache = cache::ArchiveDirectory::create(root / "archive", "x");
        operation::Archive archive{target, cache, pool, {}};
        archive.settings.temp_directory = root;
        operation::BackupRequest request;
        request.source = source.root;
        request.type = BackupType::full;
        request.volume_bytes = volume_bytes;
        request.host_name = "host";
        request.time = time;
        try {
            static_cast<void>(operation::back_up(archive, request, monitor, {}));
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::unreachable);
            return error.what();
        }
        return {};
    }
};

}  // namespace

TEST_CASE("a manifest that does not arrive leaves the partial one as it was")
{
    Place place;
    bool was_withdrawn = false;
    const auto told = place.failure_of_backup([&] { was_withdrawn = !fs::exists(place.part()); });
    CHECK(told.find("the line was cut") != std::string::npos);
    CHECK(was_withdrawn);
    CHECK(fs::is_regular_file(place.part()));
    CHECK(!place.monitor.has_note("not put back"));
}

TEST_CASE("a partial manifest that cannot be put back is noted, and the first error is told")
{
    Place place;
    const auto told = place.failure_of_backup([&] { fs::create_directory(place.part()); });
    CHECK(told.find("the line was cut") != std::string::npos);
    CHECK(fs::is_directory(place.part()));
    CHECK(place.monitor.has_note("the partial manifest was not put back"));
}
