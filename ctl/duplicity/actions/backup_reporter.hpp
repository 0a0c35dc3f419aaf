// The events of a backup, as the reference's messages.
#pragma once

#include "ctl/duplicity/actions/run_warnings.hpp"
#include "ctl/duplicity/progress_line.hpp"

#include <cstdint>

namespace duplid::duplicity {

class BackupReporter {
public:
    using Clock = UploadProgress::Clock;

    /// A comparison tells how many bytes of the source it has seen, after each regular file; what
    /// is stored is told of volume by volume.
    enum class Pass { comparison, storing };

    BackupReporter(Context& context, Pass pass) : context_{context}, pass_{pass}, warnings_{context}
    {
    }

    void take(const proto::Event& event);

    /// INFO 2 without a text.
    void tell_progress(std::uint64_t source_bytes);

    /// From now on lines of --progress come, at beats and at the end. `progress` outlives this.
    void show_progress(UploadProgress& progress) { progress_ = &progress; }
    void beat(Clock::time_point now);
    /// The run ended well.
    void end(Clock::time_point now);

private:
    void object(const proto::ObjectEvent& event);
    void volume(const proto::VolumeEvent& event);
    void set(const proto::SetEvent& event);
    void put_aside(const proto::PutAsideEvent& event);
    void progress_of(std::uint64_t source_bytes, std::uint32_t volume);
    void line(const UploadFigures& figures);

    Context& context_;
    Pass pass_;
    RunWarnings warnings_;
    UploadProgress* progress_ = nullptr;
    bool has_line_ = false;  ///< the newest on the terminal, and gives way to the next
};

}  // namespace duplid::duplicity
