// Goal: what is written in each form is read back by open_file(), and a writer that is given up
// ends by itself. (That gpg and duplicity read it too is shown by tests/interop.)
#include "engine/volume/opened_file.hpp"
#include "engine/volume/store_stream.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace duplid;

namespace {

io::Bytes content_of(std::size_t bytes)
{
    io::Bytes content(bytes);
    for (std::size_t i = 0; i < bytes; ++i) {
        content[i] = static_cast<std::byte>(i * i >> 7U);
    }
    return content;
}

io::Fd rewound(volume::StoredFile& file)
{
    CHECK(::lseek(file.spool.fd(), 0, SEEK_SET) == 0);
    return file.spool.take_fd();
}

}  // namespace

TEST_CASE("streams of any length come back from every form that needs no key")
{
    const io::TempDirectory directory;
    codec::WorkerPool pool{2};
    for (const auto form : {volume::Form::plain, volume::Form::gzip}) {
        for (const std::size_t bytes : {0U, 1U, 511U, 65536U, 300000U, 5000000U}) {
            CAPTURE(bytes);
            const auto content = content_of(bytes);
            io::ViewSource raw{content};
            volume::Wrapper wrapper;
            wrapper.form = form;
            auto file = volume::store_stream(raw, wrapper, io::TempFile::unnamed(directory.path()),
                                             "file", pool, 100000);
            CHECK(file.bytes == file.spool.bytes());
            CHECK(file.sha1 == volume::sha1_of(file.spool.fd(), "file"));
            const auto source = volume::open_file(
                rewound(file), "file",
                form == volume::Form::gzip ? volume::Packing::gzip : volume::Packing::plain, {});
            CHECK(io::read_all(*source, 10'000'000) == content);
        }
    }
}

TEST_CASE("an encrypted file without a key is refused before anything is read")
{
    const io::TempDirectory directory;
    auto file = io::TempFile::unnamed(directory.path());
    try {
        (void)volume::open_file(file.take_fd(), "a.gpg", volume::Packing::gpg, {});
        FAIL("was opened");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::wrong_secret);
        CHECK(error.object() == "a.gpg");
    }
}

TEST_CASE("a gzip file that was cut short names itself in the error")
{
    const io::TempDirectory directory;
    codec::WorkerPool pool{1};
    const auto content = content_of(100000);
    io::ViewSource raw{content};
    auto file = volume::store_stream(raw, {}, io::TempFile::unnamed(directory.path()), "cut.gz",
                                     pool, 1000000);
    CHECK(::ftruncate(file.spool.fd(), static_cast<off_t>(file.bytes / 2)) == 0);
    const auto source = volume::open_file(rewound(file), "cut.gz", volume::Packing::gzip, {});
    try {
        (void)io::read_all(*source, 10'000'000);
        FAIL("was read");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::corrupt);
        CHECK(error.object() == "cut.gz");
    }
}

TEST_CASE("whoever waits for a chunk hears of the failure of the one who should free it")
{
    volume::ChunkStore store{1};
    auto chunk = store.take();
    store.fail(std::make_exception_ptr(Error{Error::Kind::no_space, "full"}));
    CHECK_THROWS_AS((void)store.take(), Error);
}
