// Writes a restored tree, and never anything outside of it.
//
// The destination itself is opened following links, since a person named it. Below it everything
// goes by descriptors, one component at a time, without following links: nothing in an archive and
// nothing that stands in the destination already can lead elsewhere (feature-goals.md R30 to R35).
#pragma once

#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/object/hard_links.hpp"
#include "engine/operation/object/metadata_writer.hpp"
#include "engine/operation/restore/tree_target.hpp"
#include "engine/tar/header.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/sink.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

namespace duplid::operation {

struct TreeWriterOptions {
    std::string destination;
    /// Write into a destination that is not empty.
    bool force = false;
    bool restore_ownership = true;
    bool numeric_owner = false;
    /// What to do with objects that are there already.
    Overwrite overwrite = Overwrite::always;
    /// Objects may come in any order. Then folders get their metadata only in finish(), and those
    /// of all of them are kept in memory.
    bool any_order = false;
    /// What stands in the place of an object of another type goes, folders with all in them (but
    /// never the destination itself). For patches, which describe all of the difference.
    bool replace_types = false;
};

/// Objects come in index order, unless `any_order`. Each object gets its name only when it is
/// complete; a directory its metadata when everything in it is. What a header's records say beyond
/// tar is restored with it: extended attributes, holes, nanoseconds, and names of one object are
/// joined again. One thread.
class TreeWriter final : public TreeTarget {
public:
    /// Looks whether the destination may be written to; makes nothing yet, so that a wrong
    /// passphrase leaves no trace. Throws: Error invalid when it is not empty and `force` is not
    /// set.
    TreeWriter(TreeWriterOptions options, Monitor& monitor);
    ~TreeWriter() override;

    Effect add_directory(const std::string& key, const tar::Header& header) override;
    Effect add_special(const std::string& key, const tar::Header& header) override;
    Effect add_file(const std::string& key, const tar::Header& header, const WriteContent& write,
                    const CheckContent& check = {}) override;

    // tree_writer_patch.cpp
    /// The regular file there, open for reading; none when there is no such thing.
    [[nodiscard]] io::Fd open_file(const std::string& key);
    /// Removes what is there, a folder with all in it; false, after a warning, if it stays.
    bool remove(const std::string& key);

    /// Gives the last directories their metadata and has the file system make all of it durable.
    void finish() override;

    /// How many objects could not be written as they should be; each was a warning.
    [[nodiscard]] std::uint64_t warnings() const noexcept { return warnings_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    struct Directory {
        std::string key;
        io::Fd fd;
        std::optional<tar::Header> header;  ///< metadata to be set when it is left
        bool is_new = true;                 ///< not found, but made here
    };
    /// Where an object goes: an open directory and a name in it.
    struct Place {
        int directory;
        std::string name;
    };

    void open_root_directory();
    [[nodiscard]] std::optional<Place> place_of(const std::string& key);
    [[nodiscard]] bool enter(const std::string& key);
    void leave_to(std::string_view key);
    /// Goes to a directory that was made or entered before, or makes it.
    [[nodiscard]] bool go_to(std::string_view key);
    [[nodiscard]] std::optional<struct stat> look(const Place& place) const;
    /// The file there, when its content may be right already.
    [[nodiscard]] io::Fd open_old(const Place& place, const struct stat& there) const;
    [[nodiscard]] bool is_private(const Place& place) const;
    /// A temporary file beside `place`. Throws: Error.
    [[nodiscard]] io::Fd open_new(const Place& place, const tar::Header& header,
                                  const std::string& what, std::string& temporary);
    [[nodiscard]] bool is_same_link(const Place& place, const struct stat& there,
                                    const tar::Header& header) const;
    void set_late_metadata();
    void close_top();
    // tree_writer_patch.cpp
    void clear_way_for_directory(const std::string& key);
    [[nodiscard]] bool clear_way_for_file(const Place& place) const;
    [[nodiscard]] io::Fd open_parent_of(const std::string& key) const;
    [[nodiscard]] bool put_as_link(const Place& place, const LinkGroup& group,
                                   const std::string& identity);
    void remember_link(const Place& place, const std::string& key, const LinkGroup& group,
                       std::string identity);
    /// Gives what was made its name. False, after a warning, when that cannot be done.
    bool put_in_place(const Place& place, const std::string& temporary, const std::string& what);
    /// Calls `make` with names until one is free; `errno` then says what else went wrong.
    std::string make_temporary(const std::function<bool(const char*)>& make);
    void warn(const Error& error);
    /// As warn(), but throws what would meet everything that follows: a full or failing disk.
    void warn_or_end(const Error& error);
    [[nodiscard]] std::string shown(std::string_view key) const;
    [[nodiscard]] bool is_blocked(std::string_view key);

    TreeWriterOptions options_;
    std::string current_key_;  ///< what a warning is about
    Monitor& monitor_;
    MetadataWriter metadata_;
    LinkTable links_;
    bool told_of_links_ = false;
    std::vector<Directory> open_;
    io::Fd parent_;  ///< of the destination, when the destination is not a directory
    bool root_warned_ = false;
    std::map<std::string, tar::Header> late_;  ///< with any_order: directories' metadata
    std::set<std::string> made_;               ///< with any_order: directories made here
    std::optional<std::string> blocked_;       ///< a directory that could not be made or entered
    io::Bytes block_;
    const std::string temporary_prefix_;
    std::uint64_t temporary_ = 0;
    std::uint64_t warnings_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace duplid::operation
