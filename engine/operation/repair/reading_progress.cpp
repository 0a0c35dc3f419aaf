#include "engine/operation/repair/reading_progress.hpp"

#include <algorithm>

namespace duplid::operation {

std::uint64_t ReadingProgress::bytes_of(const std::string& name) const
{
    const auto found = listing_.bytes_of.find(name);
    const bool is_known =
        found != listing_.bytes_of.end() && found->second != remote::unknown_bytes;
    return is_known ? found->second : 0;
}

void ReadingProgress::begin(Phase phase) noexcept
{
    progress_ = {};
    monitor_.phase(phase);
}

void ReadingProgress::expect(const std::string& name)
{
    ++progress_.files_expected;
    progress_.bytes_expected += bytes_of(name);
}

void ReadingProgress::expect(const chain::BackupSet& set)
{
    for (const auto& [number, name] : set.volumes) {
        expect(name);
    }
}

void ReadingProgress::has_read(const std::string& name)
{
    ++progress_.files_done;
    progress_.bytes_done += bytes_of(name);
    progress_.stored_bytes = progress_.bytes_done;
    monitor_.progress(progress_);
}

VolumesRead::VolumesRead(ReadingProgress& progress, const chain::BackupSet& set,
                         const SetStream& stream)
    : progress_{progress}, set_{set}, stream_{stream}
{
    for (std::size_t i = 0; i < stream_.volumes().size(); ++i) {
        progress_.expect(name_of(i));
    }
}

const std::string& VolumesRead::name_of(std::size_t index) const
{
    // Readers of a repair are given volumes only that are there (SetHealth::readable()).
    return set_.volumes.at(stream_.volumes().at(index).number);
}

void VolumesRead::tick()
{
    tick_up_to(stream_.volumes_done());
}

void VolumesRead::finish()
{
    tick_up_to(stream_.volumes().size());
}

void VolumesRead::tick_up_to(std::size_t count)
{
    for (; ticked_ < std::min(count, stream_.volumes().size()); ++ticked_) {
        progress_.has_read(name_of(ticked_));
    }
}

}  // namespace duplid::operation
