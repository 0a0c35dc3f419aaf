// The scan: everything the rules let through, in index order.
#pragma once

#include "engine/select/entry.hpp"
#include "engine/select/rule.hpp"
#include "storage/io/fd.hpp"

#include <memory>
#include <string>

namespace duplid::select {

struct WalkOptions {
    /// Store what symlinks point to. A link that leads nowhere, or to a directory that contains
    /// it, stays a link.
    bool copy_links = false;
};

/// Hears of everything that was passed over and that no rule excluded. `path` is as in Entry.
class WalkListener {
public:
    WalkListener() = default;
    WalkListener(const WalkListener&) = delete;
    WalkListener& operator=(const WalkListener&) = delete;
    virtual ~WalkListener() = default;

    /// A directory that cannot be listed, or an entry whose metadata cannot be read.
    virtual void on_unreadable(const std::string& path, const Error& error) = 0;
    /// Listed, but gone or replaced when it was its turn.
    virtual void on_vanished(const std::string& path) = 0;
    /// Sockets are never stored. They are told before the rules are asked.
    virtual void on_socket(const std::string& path) = 0;
};

/// Walks one source. Entries come depth first, the children of a directory sorted by bytes, which
/// is the byte order of keys. The source itself comes first, whatever the rules say. A directory
/// that is only scanned comes just before the first thing below it, or never.
///
/// Works with descriptors and single names, never with full paths: depth is not bounded by
/// PATH_MAX, and nobody can lead it out of the tree by swapping a directory for a link. It opens
/// directories only (devices, fifos and sockets cannot block it), at most
/// `open_directories_max` at a time. Memory: the names of the directories on the current path.
///
/// One thread. A caller that reads ahead calls next() and open_current() in turn and keeps the
/// descriptors; nothing of the walk depends on when they are read.
class Walker {
public:
    static constexpr std::size_t open_directories_max = 128;
    /// Entries with a longer path are told as unreadable: a bound on work per entry.
    static constexpr std::size_t path_bytes_max = std::size_t{64} * 1024;

    /// `source` is rules.base(). It may be a directory or anything else that can be stored, which
    /// then is the only entry. A link is such an only entry unless `copy_links`: 0.8.22 does not
    /// follow it either. `rules` and `listener` must outlive the walker.
    /// Throws: Error not_found, denied; invalid for a socket.
    Walker(const Rules& rules, WalkOptions options, WalkListener& listener);
    Walker(const Walker&) = delete;
    Walker& operator=(const Walker&) = delete;
    ~Walker();

    /// Fills `entry`, whose buffers are used again, or returns false at the end.
    /// Throws: whatever the listener throws.
    [[nodiscard]] bool next(Entry& entry);

    /// Opens the regular file that next() gave last, for reading, without touching its access
    /// time where that is allowed. It may be another regular file than the one described by
    /// then: compare by fstat. Throws: Error not_found, denied; invalid if it is not a regular
    /// file any more, or never was.
    [[nodiscard]] io::Fd open_current() const;

    /// A handle (O_PATH, of no use for reading) on whatever next() gave last, by which its extended
    /// attributes can be reached; links are not followed. Empty when something else stands there
    /// by now or it is out of reach.
    [[nodiscard]] io::Fd handle_of_current() const;

private:
    class Impl;

    std::unique_ptr<Impl> impl_;
};

}  // namespace duplid::select
