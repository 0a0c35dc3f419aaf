#include "engine/operation/backup/set_writer.hpp"

#include "engine/manifest/writer.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "engine/operation/backup/resume_mark.hpp"
#include "engine/volume/seal.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace duplid::operation {

namespace {

/// Large enough that nothing is gained by more (performance.md 3), small enough for random access.
constexpr std::uint64_t chunk_bytes_max = std::uint64_t{1} << 20U;
constexpr std::uint64_t chunks_per_volume_min = 16;
/// Beside what the workers hold: one being packed, one being joined, some waiting in order.
constexpr std::size_t spare_chunks = 4;
constexpr std::size_t chunks_per_worker = 2;

std::size_t chunk_bytes_of(std::uint64_t volume_bytes)
{
    return static_cast<std::size_t>(
        std::min(chunk_bytes_max, volume_bytes / chunks_per_volume_min));
}

std::size_t chunks_in_flight(const codec::WorkerPool& pool)
{
    return chunks_per_worker * pool.workers() + spare_chunks;
}

manifest::Bound bound_of(const volume::Position& position)
{
    return {position.key, position.block};
}

}  // namespace

SetWriter::SetWriter(Archive& archive, SetWriterOptions options, SetRecord& record,
                     const std::stop_token& stop)
    : archive_{archive}, options_{std::move(options)}, record_{record},
      store_{chunks_in_flight(archive.pool)}, sealing_{chunks_in_flight(archive.pool)}, joined_{1},
      shipping_{1}, packer_{chunk_bytes_of(options_.volume_bytes), store_,
                            [this](auto chunk) { enqueue(std::move(chunk)); }},
      volumes_{options_.volumes_before}, acknowledged_{options_.volumes_before}
{
    options_.concurrency = std::max(options_.concurrency, 1U);
    const auto start = [this](void (SetWriter::*work)()) {
        threads_.emplace_back([this, work] {
            try {
                (this->*work)();
            } catch (...) {
                fail(std::current_exception());
            }
        });
    };
    try {
        start(&SetWriter::join_chunks);
        start(&SetWriter::record_volumes);
        for (unsigned i = 0; i < options_.concurrency; ++i) {
            start(&SetWriter::ship_volumes);
        }
    } catch (...) {
        fail(std::current_exception());
        end_threads();
        throw;
    }
    on_stop_.emplace(stop, [this] {
        fail(std::make_exception_ptr(
            Error{Error::Kind::cancelled, "the backup was stopped on request"}));
    });
}

SetWriter::~SetWriter()
{
    on_stop_.reset();
    if (!threads_.empty()) {
        fail(std::make_exception_ptr(
            Error{Error::Kind::cancelled, "the backup was given up before its end"}));
        end_threads();
    }
}

void SetWriter::end_threads() noexcept
{
    for (auto& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

void SetWriter::fail(const std::exception_ptr& why)
{
    {
        const std::lock_guard lock{failure_mutex_};
        if (!failure_) {
            failure_ = why;
        }
    }
    store_.fail(why);
    sealing_.fail(why);
    joined_.fail(why);
    shipping_.fail(why);
    {
        const std::lock_guard lock{window_mutex_};
        window_closed_ = true;
    }
    window_moved_.notify_all();
}

std::string SetWriter::volume_name(std::uint32_t number) const
{
    return naming::print({options_.set, naming::FileKind::volume, number,
                          data_wrapping_of(archive_.settings), false},
                         archive_.settings.names);
}

void SetWriter::enqueue(std::unique_ptr<volume::Chunk> chunk)
{
    const auto form = form_of(archive_);
    const auto level = archive_.settings.level;
    // Shared only because a task has to be copyable, which a unique_ptr is not.
    auto held = std::make_shared<std::unique_ptr<volume::Chunk>>(std::move(chunk));
    sealing_.push(archive_.pool.run([held, form, level] {
        volume::seal(**held, form, level, false);
        return std::move(*held);
    }));
}

void SetWriter::join_chunks()
{
    volume::JoinerOptions options;
    options.wrapper = wrapper_of(archive_, options_.set);
    options.volume_bytes_max = options_.volume_bytes;
    options.volumes_before = options_.volumes_before;
    options.name_of = [this](std::uint32_t number) { return volume_name(number); };
    options.make_spool = [this](std::uint32_t number) {
        return archive_.target.make_spool(volume_name(number), archive_.settings.temp_directory);
    };
    options.take = [this](volume::JoinedVolume volume) { joined_.push(std::move(volume)); };
    volume::Joiner joiner{std::move(options), store_};
    while (auto sealing = sealing_.pop()) {
        auto chunk = sealing->get();
        if (options_.stop_at_border.stop_requested() && joiner.is_border_before(*chunk)) {
            joiner.leave_off();
            joined_.close();
            end_at_border();
            return;
        }
        joiner.add(std::move(chunk));
    }
    joiner.finish();
    joined_.close();
}

/// Unlike fail(): only those before the joiner are stopped, what is behind it goes to its end.
void SetWriter::end_at_border()
{
    const auto why = std::make_exception_ptr(
        Error{Error::Kind::cancelled, "the backup was stopped on request at the border of a volume",
              "", "the next backup goes on from there"});
    {
        const std::lock_guard lock{failure_mutex_};
        border_ = why;
    }
    store_.fail(why);
    sealing_.fail(why);
}

bool SetWriter::has_ended_at_border()
{
    const std::lock_guard lock{failure_mutex_};
    return border_ != nullptr;
}

void SetWriter::record_volumes()
{
    while (auto joined = joined_.pop()) {
        Shipment shipment{joined->number, volume_name(joined->number), joined->file->finish(),
                          source_bytes_at_end(*joined)};
        joined->file.reset();
        archive_.directory.check_still_there();
        manifest::Volume record;
        record.number = joined->number;
        record.first = bound_of(joined->first);
        record.last = bound_of(joined->last);
        record.sha1 = shipment.file.sha1;
        record.chunks = chunk_index_of(shipment.file);
        cache::JournalVolume intent;
        intent.number = shipment.number;
        intent.file_name = shipment.name;
        intent.sha1 = shipment.file.sha1;
        intent.bytes = shipment.file.bytes;
        intent.record = manifest::print_volume(record);
        intent.mark = std::move(joined->mark);
        record_.intend(std::move(intent));
        shipping_.push(std::move(shipment));
        ++volumes_;
    }
    shipping_.close();
}

/// Volume n waits for all up to n - concurrency, so that a slow transfer is not left behind by
/// many quick ones: set_record.hpp says whom that would hurt. Threads take volumes in order, so the
/// first that is not acknowledged never waits.
void SetWriter::wait_for_window(std::uint32_t number)
{
    std::unique_lock lock{window_mutex_};
    window_moved_.wait(
        lock, [&] { return window_closed_ || number - acknowledged_ <= options_.concurrency; });
    if (window_closed_) {
        throw Error{Error::Kind::cancelled, "another volume could not be stored"};
    }
}

void SetWriter::acknowledge(std::uint32_t number)
{
    const auto acknowledged = record_.acknowledge(number);
    {
        const std::lock_guard lock{window_mutex_};
        acknowledged_ = std::max(acknowledged_, acknowledged);
    }
    window_moved_.notify_all();
}

void SetWriter::ship_volumes()
{
    while (auto shipment = shipping_.pop()) {
        wait_for_window(shipment->number);
        tell(VolumeStep::Step::begun, *shipment);
        try {
            store(*shipment);
        } catch (const Error& error) {
            throw error.with_context(fmt::format("storing volume {}", shipment->number));
        }
        acknowledge(shipment->number);
        stored_bytes_ += shipment->file.bytes;
        tell(VolumeStep::Step::stored, *shipment);
        if (shipment->number == options_.fail_on_volume) {
            throw Error{Error::Kind::internal,
                        fmt::format("failing at volume {}, as was asked for", shipment->number),
                        shipment->name}
                .with_detail("forced_failure",
                             {{"volume_number", std::to_string(shipment->number)}});
        }
    }
}

void SetWriter::store(Shipment& shipment)
{
    if (shipment.number != options_.skip_volume) {
        archive_.target.put(shipment.file.spool, shipment.name);
    }
    check_arrival(archive_.target, shipment.file.bytes, shipment.name);
}

void SetWriter::tell(VolumeStep::Step step, const Shipment& shipment) const
{
    if (options_.tell_volume) {
        options_.tell_volume(
            {step, shipment.number, 0, shipment.name, shipment.file.bytes, shipment.source_bytes});
    }
}

/// Behind the last volume nothing but unchanged objects may have followed, of which no mark tells.
std::uint64_t SetWriter::source_bytes_at_end(const volume::JoinedVolume& volume) const
{
    if (volume.is_last) {
        return options_.source_bytes ? options_.source_bytes() : 0;
    }
    const auto mark = parse_resume_mark(volume.mark);
    const auto in_split_file = volume.last.block.value_or(0) * volume::block_bytes;
    return mark ? mark->statistics.source_file_bytes + in_split_file : 0;
}

void SetWriter::finish()
{
    // Where packing was cut off, what the packer still holds is half of something.
    if (!has_ended_at_border()) {
        try {
            packer_.flush();
        } catch (...) {
            if (!has_ended_at_border()) {
                fail(std::current_exception());
            }
        }
    }
    sealing_.close();
    end_threads();
    on_stop_.reset();
    const std::lock_guard lock{failure_mutex_};
    if (failure_ || border_) {
        std::rethrow_exception(failure_ ? failure_ : border_);
    }
}

}  // namespace duplid::operation
