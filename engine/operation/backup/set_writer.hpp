// The pipeline behind the packer: seal, join, record, ship (architecture.md 4).
//
//     caller: Packer ──chunks──► pool: seal ──futures, in order──► joiner thread ──volumes──►
//     recorder thread: hash, manifest record, intent ──► transfer threads: put, check, acknowledge
//
// Memory is bounded by the chunk store; the number of volumes in flight by `concurrency`.
#pragma once

#include "engine/manifest/manifest.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/bounded_queue.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/backup/set_record.hpp"
#include "engine/volume/joiner.hpp"
#include "engine/volume/packer.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace duplid::operation {

struct SetWriterOptions {
    naming::SetId set;
    std::uint64_t volume_bytes = 0;
    unsigned concurrency = 1;
    /// Of an interrupted run: volumes that are kept.
    std::uint32_t volumes_before = 0;
    /// Told, in a transfer thread, when a volume goes to the target and when it is there.
    std::function<void(const VolumeStep&)> tell_volume{};
    /// Bytes of the source in the whole set; asked once everything is packed.
    std::function<std::uint64_t()> source_bytes{};
    std::uint32_t fail_on_volume = 0;  ///< see BackupRequest
    std::uint32_t skip_volume = 0;
    std::stop_token stop_at_border{};  ///< likewise
};

/// The caller's thread packs; everything else happens on threads of this object. Its first failure
/// reaches the caller out of packer() calls, or at last out of finish().
class SetWriter {
public:
    /// All references must outlive this object. A request to stop ends everything with Error
    /// cancelled.
    SetWriter(Archive& archive, SetWriterOptions options, SetRecord& record,
              const std::stop_token& stop);
    SetWriter(const SetWriter&) = delete;
    SetWriter& operator=(const SetWriter&) = delete;
    ~SetWriter();

    [[nodiscard]] volume::Packer& packer() noexcept { return packer_; }

    /// Waits until every volume is on the target. Called once, last. Throws: Error; cancelled, when
    /// the set is not complete because it was to end at the border of a volume.
    void finish();

    /// It was to, and has: packer() takes no more, and finish() stores what there is.
    [[nodiscard]] bool has_ended_at_border();

    [[nodiscard]] std::uint32_t volumes() const noexcept { return volumes_; }
    /// Bytes of the volumes that this object stored; final after finish().
    [[nodiscard]] std::uint64_t stored_bytes() const noexcept { return stored_bytes_; }

private:
    using Sealing = std::future<std::unique_ptr<volume::Chunk>>;
    struct Shipment {
        std::uint32_t number = 0;
        std::string name;
        volume::StoredFile file;
        std::uint64_t source_bytes = 0;  ///< up to its end
    };

    void enqueue(std::unique_ptr<volume::Chunk> chunk);
    void join_chunks();
    void record_volumes();
    void ship_volumes();
    void store(Shipment& shipment);
    void tell(VolumeStep::Step step, const Shipment& shipment) const;
    [[nodiscard]] std::uint64_t source_bytes_at_end(const volume::JoinedVolume& volume) const;
    void wait_for_window(std::uint32_t number);
    void acknowledge(std::uint32_t number);
    void fail(const std::exception_ptr& why);
    void end_at_border();
    void end_threads() noexcept;
    [[nodiscard]] std::string volume_name(std::uint32_t number) const;

    Archive& archive_;
    SetWriterOptions options_;
    SetRecord& record_;

    volume::ChunkStore store_;
    BoundedQueue<Sealing> sealing_;
    BoundedQueue<volume::JoinedVolume> joined_;
    BoundedQueue<Shipment> shipping_;
    volume::Packer packer_;
    std::atomic<std::uint32_t> volumes_;
    std::atomic<std::uint64_t> stored_bytes_ = 0;

    std::mutex window_mutex_;
    std::condition_variable window_moved_;
    std::uint32_t acknowledged_;  ///< all volumes up to this one
    bool window_closed_ = false;  ///< something failed: nobody waits any more

    std::mutex failure_mutex_;
    std::exception_ptr failure_;
    std::exception_ptr border_;  ///< packing ended, in order, before its end
    std::optional<std::stop_callback<std::function<void()>>> on_stop_;
    std::vector<std::thread> threads_;
};

}  // namespace duplid::operation
