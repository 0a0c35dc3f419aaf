#include "engine/volume/joiner.hpp"

#include <utility>

namespace duplid::volume {

Joiner::Joiner(JoinerOptions options, ChunkStore& store)
    : options_{std::move(options)}, store_{store}
{
    const auto* encryption = options_.wrapper.encryption;
    std::size_t keys = 0;
    if (encryption != nullptr) {
        keys = encryption->recipients().keys.size() + (encryption->one_pass().empty() ? 0 : 1);
    }
    const auto overhead = overhead_bytes(options_.volume_bytes_max, keys);
    number_ = options_.volumes_before;
    room_max_ = options_.volume_bytes_max > overhead ? options_.volume_bytes_max - overhead : 0;
}

void Joiner::open_volume()
{
    ++number_;
    if (options_.wrapper.encryption != nullptr) {
        // This volume takes one that was started long ago; what is started now replaces it.
        options_.wrapper.encryption->start_early(early_starts);
    }
    file_ = make_writer(options_.wrapper, options_.make_spool(number_), options_.name_of(number_),
                        store_);
    bytes_ = 0;
    first_ = {};
    mark_.clear();
}

void Joiner::close_volume(bool is_last)
{
    file_->close();
    options_.take({number_, first_, last_, mark_, is_last, std::move(file_)});
}

void Joiner::add(std::unique_ptr<Chunk> chunk)
{
    const auto& wrapper = options_.wrapper;
    const auto bytes = sealed_bytes(*chunk, wrapper.form);
    if (file_ && is_border_before(*chunk)) {
        close_volume(false);
    }
    if (!file_) {
        open_volume();
    }
    if (bytes_ == 0) {
        first_ = chunk->first;
        if (wrapper.form == Form::gpg) {
            // Only here is it known which chunk opens a volume, and has to open the packet in it.
            seal(*chunk, wrapper.form, wrapper.level, true, wrapper.encryption->one_pass());
        }
    }
    last_ = chunk->last;
    mark_ = chunk->mark;
    // What was decided on counts, not what re-sealing made of it: a few bytes, within the overhead.
    bytes_ += bytes;
    file_->add(std::move(chunk));
}

bool Joiner::is_border_before(const Chunk& chunk) const noexcept
{
    return !file_ ||
           (bytes_ > 0 && bytes_ + sealed_bytes(chunk, options_.wrapper.form) > room_max_);
}

void Joiner::leave_off()
{
    if (file_) {
        close_volume(false);
    }
}

void Joiner::finish()
{
    if (!file_ && number_ == 0) {
        open_volume();
    }
    if (file_) {
        close_volume(true);
    }
}

}  // namespace duplid::volume
