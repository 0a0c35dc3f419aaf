// The targets of a job that has several, in one backup: opened, compared, put behind one fan-out,
// and those that were behind caught up.
//
// A target is in the fan-out only if it is whole: an increment never comes to stand where its base
// is not. One that is behind, or fails, costs the run a warning and is dealt with when the new set
// is stored elsewhere: the freshest backup comes first.
#pragma once

#include "daemon/archive/archive_opener.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/targets/catch_up.hpp"
#include "engine/operation/targets/compare_targets.hpp"
#include "engine/operation/targets/target_records.hpp"
#include "proto/archive_params.hpp"
#include "proto/targets.hpp"
#include "storage/cache/file_lock.hpp"
#include "storage/remote/fan_out/fan_out_remote.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace duplid::daemon {

/// One of a job's targets, with what its way needs.
struct NamedTarget {
    std::string name;
    proto::ArchiveParams archive;
    std::string filesystem{};        ///< UUID of the one that it is on; empty: any
    bool may_be_empty = false;       ///< somebody said that it is so on purpose
    bool is_required = false;        ///< a backup that it does not have is none
    std::optional<Error> trouble{};  ///< it cannot even be tried: a password is not to be had
};

/// One thread, but for what the fan-out tells. Outlives the archive whose target it makes.
class TargetGroup {
public:
    /// References outlive it. `targets` is not empty.
    TargetGroup(std::vector<NamedTarget> targets, const ArchiveDefaults& defaults,
                OpenOptions options, operation::Monitor& monitor);
    TargetGroup(const TargetGroup&) = delete;
    TargetGroup& operator=(const TargetGroup&) = delete;

    /// Looks at all of them and puts those that are whole behind one. The archive directory and the
    /// first target are locked; the others are locked here, and not waited for. `anew`: a full
    /// set was asked for. Throws: Error, when none can be used among others.
    [[nodiscard]] std::unique_ptr<remote::Remote>
    gather(const cache::ArchiveDirectory& directory, const naming::Prefixes& prefixes, bool anew);

    /// What BackupRequest::stray_names wants.
    [[nodiscard]] std::vector<std::string> strays() const { return fan_out_->strays(); }

    /// The backup has ended well, and this is the newest set. What cannot be written down is told.
    void stored(const naming::SetId& set);
    /// Copies to those that were behind at the beginning what they lack. What goes wrong is told,
    /// and costs that target only.
    void catch_up(operation::Archive& archive);

    [[nodiscard]] std::vector<proto::TargetReport> reports() const;
    /// Why the backup is no good although it is stored: it is not on a target that is required.
    [[nodiscard]] std::optional<Error> shortfall() const;

private:
    struct Member {
        NamedTarget target;
        ArchivePlace place;
        std::optional<cache::FileLock> lock{};
        std::unique_ptr<remote::Remote> remote{};
        std::vector<remote::Listed> files{};
        std::optional<std::size_t> part{};  ///< its number in the fan-out
        bool is_late = false;               ///< to be caught up in this run
        std::string sound_set{};            ///< ListedTarget::sound_set
        std::optional<Error> trouble{};     ///< why it is not good
        std::optional<std::uint64_t> sets_behind{};
        operation::CaughtUp caught_up{};

        [[nodiscard]] bool is_good() const noexcept { return !trouble && !is_late; }
    };

    void know_single_target(const cache::ArchiveDirectory& directory,
                            const naming::Prefixes& prefixes);
    void open(Member& member, bool is_first);
    void check_is_there(const Member& member);
    void judge(const naming::Prefixes& prefixes, bool anew);
    [[nodiscard]] operation::ListedTarget listed(const Member& member);
    [[nodiscard]] operation::TargetComparison compare_again(const operation::Archive& archive,
                                                            const Member& from, Member& member);
    [[nodiscard]] bool is_proven(const Member& leader, Member& member,
                                 const operation::TargetVerdict& verdict);
    void leave_out_those_not_in(const cache::ArchiveDirectory& directory);
    [[nodiscard]] std::unique_ptr<remote::Remote> put_together();
    void catch_up(operation::Archive& archive, const Member& from, Member& member);
    /// It is not good, and why: told, and remembered for the report.
    void fail(Member& member, const Error& why);
    void lose(std::size_t part, const Error& why);
    [[nodiscard]] operation::TargetRecord& record(const Member& member);
    [[nodiscard]] Error nobody() const;

    const ArchiveDefaults& defaults_;
    OpenOptions options_;
    operation::Monitor& monitor_;
    std::vector<Member> members_;
    std::optional<operation::TargetRecords> records_;
    std::optional<std::size_t> leader_;
    std::string newest_;           ///< the leader's newest set, as catalogs call it; empty: none
    std::string newest_manifest_;  ///< its file
    /// Volumes of the interrupted set that every target in it had.
    std::vector<std::string> begun_;
    std::vector<std::size_t> parts_;            ///< members by their number in the fan-out
    fan_out::FanOutRemote* fan_out_ = nullptr;  ///< the archive's
    std::mutex mutex_;                          ///< of records and members while transfers go on
};

}  // namespace duplid::daemon
