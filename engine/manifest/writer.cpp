#include "engine/manifest/writer.hpp"

#include "engine/manifest/quoting.hpp"
#include "engine/naming/index.hpp"
#include "storage/io/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace duplid::manifest {

namespace {

std::string print_bound(std::string_view keyword, const Bound& bound)
{
    // Without a block number the blank before it stays, and one more follows (3.2).
    return fmt::format("    {:<15}{} {}\n", keyword, quote(naming::path_of_key(bound.key)),
                       bound.block ? fmt::to_string(*bound.block) : " ");
}

std::string_view word_of(FileChange::Action action) noexcept
{
    switch (action) {
    case FileChange::Action::added:
        return "new";
    case FileChange::Action::changed:
        return "changed";
    case FileChange::Action::removed:
        break;
    }
    return "deleted";
}

}  // namespace

std::string print_head(const Head& head)
{
    std::string text;
    if (head.has_private_lines) {
        text += "Duplid-Format 1\n";
    }
    if (head.hostname) {
        if (head.hostname->find('\n') != std::string::npos) {
            throw Error{Error::Kind::invalid, "host name holds a line break", *head.hostname};
        }
        text += "Hostname " + *head.hostname + '\n';
    }
    if (head.localdir) {
        text += "Localdir " + quote(*head.localdir) + '\n';
    }
    return text;
}

std::string print_volume(const Volume& volume)
{
    std::string text = fmt::format("Volume {}:\n", volume.number);
    text += print_bound("StartingPath", volume.first);
    text += print_bound("EndingPath", volume.last);
    if (!volume.sha1.empty()) {
        text += fmt::format("    Hash SHA1 {}\n", volume.sha1);
    }
    for (const auto& [algorithm, value] : volume.other_hashes) {
        text += fmt::format("    Hash {} {}\n", algorithm, value);
    }
    if (!volume.chunks.empty()) {
        text += fmt::format("    Duplid-Chunks {}\n", volume.chunks);
    }
    if (!volume.source_sha1.empty()) {
        text += fmt::format("    Duplid-Source-SHA1 {}\n", volume.source_sha1);
    }
    return text;
}

std::string print_file_list_head(std::uint64_t count)
{
    return fmt::format("Filelist {}\n", count);
}

std::string print_file_change(const FileChange& change)
{
    return fmt::format("    {:<7}  {}\n", word_of(change.action),
                       quote(naming::path_of_key(change.key)));
}

io::Bytes print(const Manifest& manifest)
{
    const auto& volumes = manifest.volumes;
    const auto not_ascending = [](const Volume& a, const Volume& b) {
        return a.number >= b.number;
    };
    if (std::adjacent_find(volumes.begin(), volumes.end(), not_ascending) != volumes.end()) {
        throw Error{Error::Kind::internal, "volumes of a manifest are out of order"};
    }

    io::Bytes bytes;
    const auto add = [&bytes](const std::string& text) { io::append(bytes, io::view_of(text)); };
    const bool has_private_lines = std::any_of(volumes.begin(), volumes.end(), [](const Volume& v) {
        return !v.chunks.empty() || !v.source_sha1.empty();
    });
    add(print_head({manifest.hostname, manifest.localdir, has_private_lines}));
    for (const Volume& volume : volumes) {
        add(print_volume(volume));
    }
    if (manifest.has_file_list) {
        add(print_file_list_head(manifest.files.size()));
        for (const FileChange& change : manifest.files) {
            add(print_file_change(change));
        }
    }
    return bytes;
}

}  // namespace duplid::manifest
