// Writes a restored tree, and never anything outside of it.
//
// The destination itself is opened following links, since a person named it. Below it everything
// goes by descriptors, one component at a time, without following links: nothing in an archive and
// nothing that stands in the destination already can lead elsewhere (feature-goals.md R30 to R35).
#pragma once

#include "engine/operation/hard_links.hpp"
#include "engine/operation/metadata_writer.hpp"
#include "engine/operation/monitor.hpp"
#include "engine/tar/header.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/sink.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::operation {

struct TreeWriterOptions {
    std::string destination;
    /// Write into a destination that is not empty.
    bool force = false;
    bool restore_ownership = true;
    bool numeric_owner = false;
};

/// Objects come in index order, as keys below the destination; the empty key is the destination.
/// Each object gets its name only when it is complete; a directory its metadata when everything in
/// it is. What a header's records say beyond tar is restored with it: extended attributes, holes,
/// nanoseconds, and names of one object are joined again. One thread.
class TreeWriter {
public:
    /// Looks whether the destination may be written to; makes nothing yet, so that a wrong
    /// passphrase leaves no trace. Throws: Error invalid when it is not empty and `force` is not
    /// set.
    TreeWriter(TreeWriterOptions options, Monitor& monitor);
    TreeWriter(const TreeWriter&) = delete;
    TreeWriter& operator=(const TreeWriter&) = delete;
    ~TreeWriter();

    /// A directory. It is made now, and what is below it comes next.
    void add_directory(const std::string& key, const tar::Header& header);
    /// A symbolic link, fifo or device.
    void add_special(const std::string& key, const tar::Header& header);
    /// A regular file, whose content `write` puts into the sink it is given. `check`, if given, is
    /// called with the SHA-256 (hex) of what was written. When one of them throws, no trace of the
    /// file is left.
    void add_file(const std::string& key, const tar::Header& header,
                  const std::function<void(io::Sink&)>& write,
                  const std::function<void(const std::string&)>& check = {});

    /// Gives the last directories their metadata and has the file system make all of it durable.
    void finish();

    /// How many objects could not be written as they should be; each was a warning.
    [[nodiscard]] std::uint64_t warnings() const noexcept { return warnings_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    struct Directory {
        std::string key;
        io::Fd fd;
        std::optional<tar::Header> header;  ///< metadata to be set when it is left
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
    void close_top();
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
    [[nodiscard]] std::string shown(std::string_view key) const;
    [[nodiscard]] bool is_blocked(std::string_view key);

    TreeWriterOptions options_;
    Monitor& monitor_;
    MetadataWriter metadata_;
    LinkTable links_;
    bool told_of_links_ = false;
    std::vector<Directory> open_;
    io::Fd parent_;  ///< of the destination, when the destination is not a directory
    bool root_warned_ = false;
    std::optional<std::string> blocked_;  ///< a directory that could not be made or entered
    io::Bytes block_;
    std::uint64_t temporary_ = 0;
    std::uint64_t warnings_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace duplid::operation
