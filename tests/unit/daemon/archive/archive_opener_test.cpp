#include "daemon/archive/archive_opener.hpp"

#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <memory>

using namespace duplid;

namespace {

const daemon::ArchiveDefaults defaults{"/default/cache", "/default/state"};

proto::ArchiveParams params_for(const std::string& target)
{
    proto::ArchiveParams params;
    params.target = target;
    return params;
}

Error::Kind refusal(const proto::ArchiveParams& params)
{
    try {
        static_cast<void>(daemon::place_of(params, defaults));
        static_cast<void>(daemon::settings_from(params));
    } catch (const Error& error) {
        return error.kind();
    }
    FAIL("was accepted");
    return Error::Kind::internal;
}

}  // namespace

TEST_CASE("the cache of a target is where duplicity has it")
{
    auto params = params_for("file:///tmp/x");
    // printf %s file:///tmp/x | md5sum
    CHECK(daemon::place_of(params, defaults).cache_name == "a5daeb7eabdc8706e28c62e2eb9ff0e1");
    CHECK(daemon::place_of(params, defaults).cache_root == "/default/cache");
    params.name = "named";
    params.archive_dir = "/other";
    CHECK(daemon::place_of(params, defaults).cache_name == "named");
    CHECK(daemon::place_of(params, defaults).cache_root == "/other");
}

TEST_CASE(
    "two spellings of one target, or one cache for two targets, make runs wait for each other")
{
    const auto keys = [](const std::string& target, const std::string& name) {
        auto params = params_for(target);
        params.name = name;
        return daemon::place_of(params, defaults).keys();
    };
    CHECK(keys("file:///tmp/x", "a")[1] == keys("file:///tmp//x/", "b")[1]);
    CHECK(keys("file:///tmp/x", "a")[0] != keys("file:///tmp//x/", "b")[0]);
    CHECK(keys("file:///tmp/x", "a")[0] == keys("file:///tmp/y", "a")[0]);
    CHECK(keys("file:///tmp/x", "a")[1] != keys("file:///tmp/y", "a")[1]);
}

TEST_CASE("what others may see of a target has no password")
{
    const auto place = daemon::place_of(params_for("ftp://me:hunter2@host/dir"), defaults);
    CHECK(place.shown_target.find("hunter2") == std::string::npos);
    CHECK(place.canonical_target.find("hunter2") == std::string::npos);
    CHECK(place.shown_target.find("host/dir") != std::string::npos);
}

TEST_CASE("settings follow the params")
{
    auto params = params_for("file:///tmp/x");
    params.passphrase = proto::SecretText{"pw"};
    params.encrypt_key = {"ABCD"};
    params.old_filenames = true;
    params.time_separator = "_";
    params.file_prefix = "p-";
    params.compression = proto::Compression::max;
    params.tempdir = "/var/tmp";
    auto settings = daemon::settings_from(params);
    REQUIRE(settings.encryption.has_value());
    CHECK(settings.encryption->passphrase.reveal() == "pw");
    // The same bytes: a run has no second copy of them.
    CHECK(settings.encryption->passphrase.reveal().data() == params.passphrase.reveal().data());
    CHECK_FALSE(settings.encryption->sign_passphrase.is_set());
    CHECK(settings.encryption->recipients == std::vector<std::string>{"ABCD"});
    CHECK(settings.names.style == naming::Style::old_names);
    CHECK(settings.names.time_separator == '_');
    CHECK(settings.names.prefixes.all == "p-");
    CHECK(settings.compress);
    CHECK(settings.level == codec::Level::max);
    CHECK(settings.temp_directory == "/var/tmp");

    params.encryption = false;
    params.compression = proto::Compression::none;
    settings = daemon::settings_from(params);
    CHECK_FALSE(settings.encryption.has_value());
    CHECK_FALSE(settings.compress);
}

TEST_CASE("params that contradict each other, or name relative places, are refused")
{
    const auto with = [](auto change) {
        auto params = params_for("file:///tmp/x");
        change(params);
        return refusal(params);
    };
    CHECK(with([](auto& p) { p.archive_dir = "relative"; }) == Error::Kind::invalid);
    CHECK(with([](auto& p) { p.tempdir = "relative"; }) == Error::Kind::invalid);
    CHECK(with([](auto& p) { p.gpg_home = "relative"; }) == Error::Kind::invalid);
    CHECK(with([](auto& p) { p.time_separator = "::"; }) == Error::Kind::invalid);
    CHECK(with([](auto& p) { p.time_separator = ""; }) == Error::Kind::invalid);
    CHECK(with([](auto& p) { p.short_filenames = p.old_filenames = true; }) ==
          Error::Kind::invalid);
    CHECK(with([](auto& p) { p.compression = proto::Compression::none; }) == Error::Kind::invalid);
    CHECK(with([](auto& p) { p.sign_key = "somebody"; }) == Error::Kind::invalid);
    CHECK(with([](auto& p) { p.target = "no url"; }) == Error::Kind::invalid);
    CHECK(with([](auto& p) { p.target = "file://relative"; }) == Error::Kind::invalid);
}

namespace {

struct LockBench {
    io::TempDirectory directory;
    std::unique_ptr<daemon::KeptLocks> kept = std::make_unique<daemon::KeptLocks>();
    daemon::ArchiveDefaults places{directory.path() + "/cache", directory.path() + "/state",
                                   kept.get()};
    codec::WorkerPool pool{1};

    LockBench() { std::filesystem::create_directory(directory.path() + "/target"); }

    [[nodiscard]] proto::ArchiveParams params(bool keep) const
    {
        auto params = params_for("file://" + directory.path() + "/target");
        params.name = "job";
        params.no_wait = true;
        params.keep_lock = keep;
        return params;
    }
    [[nodiscard]] std::string cache() const { return directory.path() + "/cache/job"; }
    void use(const proto::ArchiveParams& params)
    {
        const daemon::OpenArchive open{params, places, pool, {}};
    }
    [[nodiscard]] bool is_free() const
    {
        return cache::FileLock::try_take(cache() + "/lockfile").has_value();
    }
};

}  // namespace

TEST_CASE("a lock that is to be kept is held between requests, and released with its keeper")
{
    LockBench bench;
    bench.use(bench.params(false));
    CHECK(bench.is_free());
    bench.use(bench.params(true));
    CHECK_FALSE(bench.is_free());
    bench.use(bench.params(true));
    CHECK_FALSE(bench.is_free());
    // Somebody who does not say so is somebody else.
    CHECK_THROWS_AS(bench.use(bench.params(false)), Error);
    bench.kept.reset();
    CHECK(bench.is_free());
}

TEST_CASE("a kept lock whose file was deleted is taken anew")
{
    LockBench bench;
    bench.use(bench.params(true));
    std::filesystem::remove_all(bench.cache());
    bench.use(bench.params(true));
    CHECK_FALSE(bench.is_free());
}

TEST_CASE("locks are kept only where there is a keeper")
{
    LockBench bench;
    bench.places.kept_locks = nullptr;
    try {
        bench.use(bench.params(true));
        FAIL("was accepted");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::denied);
    }
}
