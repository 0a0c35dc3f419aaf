#include "engine/volume/stored_file.hpp"

#include "engine/codec/checksum.hpp"
#include "engine/codec/gzip.hpp"
#include "engine/codec/packet.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

namespace duplid::volume {

namespace {

constexpr std::size_t tar_end_bytes = 1024;

/// Form::plain and Form::gzip: written by whoever adds.
class DirectWriter final : public StoredFileWriter {
public:
    DirectWriter(const Wrapper& wrapper, io::TempFile spool, std::string name, ChunkStore& store)
        : wrapper_{wrapper}, store_{store}, spool_{std::move(spool)},
          file_{spool_.fd(), std::move(name)}, out_{io::Digest::Algorithm::sha1, file_}
    {
        if (wrapper_.form == Form::gzip) {
            out_.write(codec::gzip_header(wrapper_.time));
        }
        first_offset_ = out_.bytes();
    }

    void add(std::unique_ptr<Chunk> chunk) override
    {
        const bool deflated = wrapper_.form == Form::gzip;
        const io::ByteView bytes = deflated ? io::ByteView{chunk->deflated.bytes} : chunk->raw();
        out_.write(bytes);
        const auto crc32 = deflated ? chunk->deflated.crc32 : codec::crc32_of(chunk->raw());
        places_.push_back({bytes.size(), chunk->bytes, crc32});
        crc32_ = codec::crc32_joined(crc32_, crc32, chunk->bytes);
        raw_bytes_ += chunk->bytes;
        store_.give_back(std::move(chunk));
    }

    void close() override
    {
        if (wrapper_.form == Form::gzip) {
            out_.write(codec::stream_end);
            out_.write(codec::gzip_trailer(crc32_, raw_bytes_));
        }
    }

    StoredFile finish() override
    {
        return {std::move(spool_), out_.bytes(), out_.hex(), std::move(places_), first_offset_};
    }

private:
    Wrapper wrapper_;
    ChunkStore& store_;
    io::TempFile spool_;
    io::FdSink file_;
    io::DigestSink out_;
    std::vector<ChunkPlace> places_;
    std::uint64_t first_offset_ = 0;
    std::uint32_t crc32_ = 0;
    std::uint64_t raw_bytes_ = 0;
};

/// Chunks on their way to gpg. What it holds is bounded by the ChunkStore.
class ChunkPipe final : public io::Source {
public:
    explicit ChunkPipe(ChunkStore& store, Form form) : store_{store}, form_{form} {}

    /// False when the reader has ended before its time.
    bool push(std::unique_ptr<Chunk> chunk) { return put(std::move(chunk)); }
    bool push(io::ByteView bytes) { return put(io::Bytes(bytes.begin(), bytes.end())); }

    void close()
    {
        const std::lock_guard lock{mutex_};
        closed_ = true;
        changed_.notify_all();
    }

    /// The reader gets `why` instead of more bytes.
    void fail(std::exception_ptr why)
    {
        const std::lock_guard lock{mutex_};
        failure_ = std::move(why);
        changed_.notify_all();
    }

    /// The reader has ended: nothing pushed from now on is kept.
    void abandon()
    {
        std::deque<Item> left;
        {
            const std::lock_guard lock{mutex_};
            abandoned_ = true;
            left.swap(items_);
        }
        for (auto& item : left) {
            give_back(item);
        }
        give_back(current_);
    }

    std::size_t read(io::ByteSpan into) override
    {
        while (left_.empty()) {
            give_back(current_);
            std::unique_lock lock{mutex_};
            changed_.wait(lock, [&] { return failure_ || closed_ || !items_.empty(); });
            if (failure_) {
                std::rethrow_exception(failure_);
            }
            if (items_.empty()) {
                return 0;
            }
            current_ = std::move(items_.front());
            items_.pop_front();
            left_ = view_of(current_);
        }
        const auto bytes = std::min(into.size(), left_.size());
        std::copy_n(left_.begin(), bytes, into.begin());
        left_ = left_.subspan(bytes);
        return bytes;
    }

private:
    using Item = std::variant<std::monostate, std::unique_ptr<Chunk>, io::Bytes>;

    [[nodiscard]] io::ByteView view_of(const Item& item) const
    {
        if (const auto* bytes = std::get_if<io::Bytes>(&item)) {
            return *bytes;
        }
        const auto& chunk = *std::get<std::unique_ptr<Chunk>>(item);
        return form_ == Form::gpg ? io::ByteView{chunk.deflated.bytes} : chunk.raw();
    }

    void give_back(Item& item)
    {
        if (auto* chunk = std::get_if<std::unique_ptr<Chunk>>(&item)) {
            store_.give_back(std::move(*chunk));
        }
        item = std::monostate{};
    }

    bool put(Item item)
    {
        {
            const std::lock_guard lock{mutex_};
            if (!abandoned_) {
                items_.push_back(std::move(item));
                changed_.notify_all();
                return true;
            }
        }
        give_back(item);
        return false;
    }

    ChunkStore& store_;
    Form form_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Item> items_;
    bool closed_ = false;
    bool abandoned_ = false;
    std::exception_ptr failure_;
    // Of the reading thread alone:
    Item current_;
    io::ByteView left_;
};

/// The OpenPGP forms: gpg pulls and pushes by itself, on a thread of its own.
class GpgWriter final : public StoredFileWriter {
public:
    GpgWriter(const Wrapper& wrapper, io::TempFile spool, std::string name, ChunkStore& store)
        : wrapper_{wrapper}, spool_{std::move(spool)}, file_{spool_.fd(), std::move(name)},
          out_{io::Digest::Algorithm::sha1, file_}, pipe_{store, wrapper.form}, thread_{[this] {
              run();
          }}
    {
        if (wrapper_.form == Form::gpg) {
            pipe_.push(codec::compressed_packet_head);
        }
    }

    ~GpgWriter() override
    {
        if (thread_.joinable()) {
            pipe_.fail(std::make_exception_ptr(
                Error{Error::Kind::cancelled, "a file was given up before it was complete"}));
            thread_.join();
        }
    }

    void add(std::unique_ptr<Chunk> chunk) override
    {
        empty_ = false;
        if (!pipe_.push(std::move(chunk))) {
            // gpg has failed: say so now, not at the end of the volume.
            thread_.join();
            std::rethrow_exception(failure_);
        }
    }

    void close() override
    {
        end_tar();
        if (wrapper_.form == Form::gpg) {
            pipe_.push(codec::literal_packet_end);
        }
        pipe_.close();
    }

    StoredFile finish() override
    {
        if (thread_.joinable()) {
            thread_.join();
        }
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        return {std::move(spool_), out_.bytes(), out_.hex(), {}, 0};
    }

private:
    void end_tar()
    {
        if (!wrapper_.tar_end) {
            return;
        }
        Chunk end;
        end.buffer.resize(tar_end_bytes);
        end.bytes = tar_end_bytes;
        seal(end, wrapper_.form, wrapper_.level, empty_);
        pipe_.push(wrapper_.form == Form::gpg ? io::ByteView{end.deflated.bytes} : end.raw());
    }

    void run() noexcept
    {
        try {
            if (wrapper_.form == Form::gpg) {
                codec::encrypt(pipe_, out_, *wrapper_.encryption);
            } else {
                codec::sign_and_encrypt(pipe_, out_, *wrapper_.encryption);
            }
        } catch (...) {
            failure_ = std::current_exception();
        }
        pipe_.abandon();
    }

    Wrapper wrapper_;
    io::TempFile spool_;
    io::FdSink file_;
    io::DigestSink out_;
    ChunkPipe pipe_;
    bool empty_ = true;
    std::exception_ptr failure_;  // written by the thread, read after it was joined
    std::thread thread_;          // last: it uses all of the above
};

}  // namespace

std::unique_ptr<StoredFileWriter> make_writer(const Wrapper& wrapper, io::TempFile spool,
                                              std::string name, ChunkStore& store)
{
    if (wrapper.form == Form::plain || wrapper.form == Form::gzip) {
        return std::make_unique<DirectWriter>(wrapper, std::move(spool), std::move(name), store);
    }
    return std::make_unique<GpgWriter>(wrapper, std::move(spool), std::move(name), store);
}

}  // namespace duplid::volume
