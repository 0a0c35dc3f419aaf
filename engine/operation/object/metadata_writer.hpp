// Gives a restored object its owner, mode, extended attributes and time.
//
// The order is what makes them last (feature-goals.md R48): a change of owner takes set-id bits and
// capabilities away, a change of mode reaches into an access list, and nearly everything moves
// times.
#pragma once

#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/object/extended_attributes.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/tar/header.hpp"
#include "storage/io/error.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <sys/types.h>
#include <tuple>

namespace duplid::operation {

struct MetadataOptions {
    bool restore_ownership = true;
    bool numeric_owner = false;
};

/// What a file system or the caller's rights do not allow is one warning for each file system and
/// kind of attribute, not one for each file (R49). One thread.
class MetadataWriter {
public:
    /// `warn` hears of what could not be set; the rest is set all the same. `monitor` outlives
    /// this object.
    MetadataWriter(MetadataOptions options, Monitor& monitor,
                   std::function<void(const Error&)> warn);

    /// To a regular file or directory by an open descriptor. `what` names it in messages.
    void put(int fd, const tar::Header& header, const std::string& what);
    /// As put(), to a file or directory that was just made: what is right from the beginning is not
    /// set again.
    void put_new(int fd, const tar::Header& header, const std::string& what);
    /// With what mode a new file can be made that nobody else can reach yet: its own, unless that
    /// would stand in the way of what put_new() has to do.
    [[nodiscard]] static mode_t first_mode(const tar::Header& header) noexcept;
    /// To anything else, by its name in an open directory; a link is not followed.
    void put_special(int directory, const char* name, const tar::Header& header,
                     const std::string& what);

private:
    /// What is still to be set.
    struct Wrong {
        bool owner = true;
        bool mode = true;
    };

    void put_owner(int fd, const tar::Header& header, const std::string& what);
    [[nodiscard]] Wrong look(int fd, const tar::Header& header);
    void put_all(int fd, const tar::Header& header, const std::string& what, Wrong wrong);
    [[nodiscard]] mode_t allowed_mode(int fd, const tar::Header& header, const std::string& what);
    /// Those attributes whose kind `wanted` accepts.
    void put_attributes(int fd, const Attributes& attributes, bool (*wanted)(AttributeKind),
                        const std::string& what);
    void warn_once(int fd, AttributeKind kind, int error, const std::string& what);

    MetadataOptions options_;
    Monitor& monitor_;
    std::function<void(const Error&)> warn_;
    Owners owners_;
    bool is_root_;
    bool told_of_set_id_ = false;
    /// Device, kind and error number of the warnings that were given.
    std::set<std::tuple<std::uint64_t, AttributeKind, int>> told_;
};

}  // namespace duplid::operation
