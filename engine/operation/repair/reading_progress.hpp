// How far a repair is with the files of the target that it reads.
#pragma once

#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/state/set_stream.hpp"

#include <cstddef>
#include <string>

namespace duplid::operation {

/// Files are announced as soon as it is known that they have to be read, and ticked off one by one.
/// A repair learns on the way what else it has to read, so what is expected may grow.
class ReadingProgress {
public:
    /// `listing` tells how large files are; both outlive this object.
    ReadingProgress(Monitor& monitor, const Listing& listing) noexcept
        : monitor_{monitor}, listing_{listing}
    {
    }

    /// Counts from nothing again.
    void begin(Phase phase) noexcept;

    void expect(const std::string& name);
    /// All volumes of the set that are there.
    void expect(const chain::BackupSet& set);
    void has_read(const std::string& name);

private:
    /// 0 where the target's listing does not tell.
    [[nodiscard]] std::uint64_t bytes_of(const std::string& name) const;

    Monitor& monitor_;
    const Listing& listing_;
    Progress progress_;
};

/// The volumes of a set that is read as a stream.
class VolumesRead {
public:
    /// Announces them. All outlive this object.
    VolumesRead(ReadingProgress& progress, const chain::BackupSet& set, const SetStream& stream);

    /// To be called now and then: ticks off those that the stream is done with.
    void tick();
    /// Nobody reads on.
    void finish();

private:
    void tick_up_to(std::size_t count);
    [[nodiscard]] const std::string& name_of(std::size_t index) const;

    ReadingProgress& progress_;
    const chain::BackupSet& set_;
    const SetStream& stream_;
    std::size_t ticked_ = 0;
};

}  // namespace duplid::operation
