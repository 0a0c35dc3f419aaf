// A place where files with flat names are kept: the one interface between duplid and every storage
// system (backends.md 1.1). Names are opaque here; what they mean is the engine's business.
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/temp_file.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace duplid::remote {

/// What a listing says of a size that the service does not tell.
inline constexpr std::uint64_t unknown_bytes = std::numeric_limits<std::uint64_t>::max();

/// One name on the target.
struct Listed {
    std::string name;
    std::uint64_t bytes = unknown_bytes;

    friend bool operator==(const Listed&, const Listed&) = default;
};

/// A target, open. Implementations connect lazily and may be asked again after any failure.
///
/// Threads: every function may be called from several threads at once, also for transfers; an
/// implementation that needs a connection for each keeps a pool of its own. A sink is used by one
/// thread; a spool is read by offsets, since several targets may be given the same one (fan_out/).
///
/// Names are one to 255 bytes, without '/' and NUL, and neither "." nor "..": anything else is
/// Error invalid (see check_name()). Other bytes are allowed and are encoded by the
/// implementation as its protocol wants.
///
/// Throws, all functions: Error. unreachable and corrupt may go away when asked again, which is
/// RetryingRemote's work; all other kinds last. The error's object is the file concerned.
class Remote {
public:
    Remote() = default;
    Remote(const Remote&) = delete;
    Remote& operator=(const Remote&) = delete;
    virtual ~Remote() = default;

    /// All files of the target, foreign ones too, each name once, in no particular order.
    /// Directories and other things that are not files are left out. Our own temporary files
    /// (backends.md 1.6) are not shown.
    [[nodiscard]] virtual std::vector<Listed> list() = 0;

    /// The file in which something that will be put under `name` is best built. A target on a
    /// local file system gives a temporary file beside the final name, so that nothing is copied
    /// later; everything else an unnamed file in `temp_directory`.
    [[nodiscard]] virtual io::TempFile make_spool(const std::string& name,
                                                  const std::string& temp_directory);

    /// Stores the whole content of `spool`, from its first byte, under `name`, replacing an older
    /// file of that name. Returns once the far side confirmed it; until then no reader sees the
    /// new file, nor ever a part of it. The spool's descriptor stays readable, also where the
    /// spool itself became the file, so that a put may be repeated. `spool` may come from any
    /// make_spool() or TempFile function.
    virtual void put(io::TempFile& spool, const std::string& name) = 0;

    /// Writes the content of `name` to `sink`, which is not finished. When it throws, the sink
    /// has been given a prefix of the content, possibly none. Error not_found when it is missing.
    virtual void get(const std::string& name, io::Sink& sink) = 0;

    /// Whether get_range() works.
    [[nodiscard]] virtual bool can_read_ranges() const noexcept { return false; }

    /// The bytes `[offset, offset + bytes)` of `name`; fewer where the file ends before. Only when
    /// can_read_ranges(), else Error internal.
    [[nodiscard]] virtual io::Bytes get_range(const std::string& name, std::uint64_t offset,
                                              std::size_t bytes);

    /// A readable descriptor of a regular file that holds the content, its position at the
    /// start, when the target has such a thing at hand; else nothing, and get() is the way.
    /// Error not_found when `name` is missing and the target could have answered.
    [[nodiscard]] virtual std::optional<io::Fd> open_local(const std::string& name);

    /// Removes files in the order given: when it stops half way, those before are gone and those
    /// after are still there (so a set's manifest can be named last or first as safety wants). A
    /// name that is already gone counts as removed.
    virtual void remove(std::span<const std::string> names) = 0;

    /// Whether rename() works.
    [[nodiscard]] virtual bool can_rename() const noexcept { return false; }

    /// Gives the file `from` the name `to`, which nothing may have yet: Error invalid. Its bytes
    /// are under one of the two names at every moment. Only when can_rename(), else Error internal.
    virtual void rename(const std::string& from, const std::string& to);

    /// The size of `name`, or nothing when there is no such file. unknown_bytes where the service
    /// does not tell sizes.
    [[nodiscard]] virtual std::optional<std::uint64_t> size_of(const std::string& name) = 0;

    /// size_of() right after a put of `bytes` bytes. Some services take a moment until they show
    /// what they were given: asking again while the answer is another is RetryingRemote's work.
    [[nodiscard]] virtual std::optional<std::uint64_t> size_after_put(const std::string& name,
                                                                      std::uint64_t bytes);

    /// The target's URL without its password, for logs and errors.
    [[nodiscard]] virtual std::string description() const = 0;

    /// Room left on the target, if it can be known. Advice only.
    [[nodiscard]] virtual std::optional<std::uint64_t> free_bytes() { return std::nullopt; }
};

/// What is wrong when size_after_put() said `there`: Error corrupt; nothing if that is as it
/// should be.
[[nodiscard]] std::optional<Error>
wrong_size(const std::string& name, const std::optional<std::uint64_t>& there, std::uint64_t bytes);

/// Throws: Error invalid when `name` cannot be the name of a file on any target.
void check_name(const std::string& name);

}  // namespace duplid::remote
