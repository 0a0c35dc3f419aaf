#include "engine/operation/replica/replica_match.hpp"

#include "engine/codec/message_head.hpp"
#include "engine/manifest/reader.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

bool share_a_hash(const manifest::Volume& one, const manifest::Volume& other)
{
    const auto has = [&other](const std::string& sha1) {
        return !sha1.empty() && (sha1 == other.sha1 || sha1 == other.source_sha1);
    };
    return has(one.sha1) || has(one.source_sha1);
}

bool is_symmetric(const codec::OpenPgpSettings& settings)
{
    return settings.recipients.empty() && settings.hidden_recipients.empty();
}

}  // namespace

bool is_copy(const manifest::Manifest& one, const manifest::Manifest& other)
{
    return std::equal(one.volumes.begin(), one.volumes.end(), other.volumes.begin(),
                      other.volumes.end(),
                      [](const manifest::Volume& a, const manifest::Volume& b) {
                          return a.number == b.number && a.first == b.first && a.last == b.last &&
                                 share_a_hash(a, b);
                      });
}

bool have_same_keys(const ArchiveSettings& source, const ArchiveSettings& destination)
{
    if (!source.encryption || !destination.encryption) {
        return !source.encryption && !destination.encryption;
    }
    const auto& from = *source.encryption;
    const auto& to = *destination.encryption;
    const bool same_names = from.recipients == to.recipients &&
                            from.hidden_recipients == to.hidden_recipients &&
                            from.sign_key == to.sign_key;
    return same_names && (!is_symmetric(to) || from.passphrase.equals(to.passphrase));
}

bool opens_like(const ArchiveSettings& settings, int fd, const std::string& name)
{
    if (!settings.encryption) {
        return true;
    }
    const auto& to = *settings.encryption;
    struct stat facts {};
    if (::fstat(fd, &facts) != 0) {
        return false;
    }
    io::RangeSource message{fd, 0, static_cast<std::uint64_t>(facts.st_size), name};
    const auto ways = codec::recipients_of(message);
    return ways && ways->has_passphrase == is_symmetric(to) &&
           ways->keys.size() == to.recipients.size() + to.hidden_recipients.size() &&
           ways->hidden() == to.hidden_recipients.size();
}

ReadManifest read_manifest(Archive& archive, const chain::BackupSet& set, ChangeList& changes)
{
    const auto parse = [&](io::Source& content, const std::string& name) {
        try {
            return manifest::parse(content, [&changes](manifest::FileChange&& change) {
                changes.add(change.action, change.key);
            });
        } catch (const Error& error) {
            throw error.object().empty()
                ? Error{error.kind(), "manifest " + name + ": " + error.what(), name}
                : error;
        }
    };
    const auto& name = set.manifest.value();
    try {
        const auto content = open_from_target(archive, name);
        return {parse(*content, name), false};
    } catch (const Error& error) {
        const auto path = archive.directory.path_of(cached_manifest_name(archive, set.id));
        if (error.kind() != Error::Kind::wrong_secret || ::access(path.c_str(), R_OK) != 0) {
            throw;
        }
        io::FileSource cached{path};
        return {parse(cached, path), true};
    }
}

NamesBySet names_by_set(const Archive& archive, const Listing& listing)
{
    NamesBySet names;
    for (const auto& [name, bytes] : listing.bytes_of) {
        if (const auto parsed = naming::parse(name, archive.settings.names.prefixes)) {
            names[parsed->set].push_back(name);
        }
    }
    return names;
}

}  // namespace duplid::operation
