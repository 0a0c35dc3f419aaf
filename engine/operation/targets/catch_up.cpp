#include "engine/operation/targets/catch_up.hpp"

#include "engine/manifest/reader.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <fmt/format.h>
#include <map>
#include <unistd.h>

namespace duplid::operation {

namespace {

/// Takes no notice: somebody in front of it counts.
class NoSink final : public io::Sink {
public:
    void write(io::ByteView /*bytes*/) override {}
};

std::string digest_of(remote::Remote& target, const std::string& name)
{
    NoSink nowhere;
    io::DigestSink digest{io::Digest::Algorithm::sha256, nowhere};
    target.get(name, digest);
    return digest.hex();
}

class Copy {
public:
    Copy(CatchUp context, CaughtUp& done) : context_{std::move(context)}, done_{done} {}

    void run(const MissingSet& set)
    {
        hashes_ = hashes_of(set.set);
        if (!set.surplus.empty()) {
            context_.to.remove(set.surplus);
        }
        const auto skipped = set.is_new ? begin(set) : std::size_t{0};
        for (std::size_t i = skipped; i < set.files.size(); ++i) {
            check_stop();
            copy(set.files[i]);
            if (set.is_new) {
                context_.record.copied = i + 1;
                context_.on_record();
            }
        }
        ++done_.sets;
    }

private:
    void check_stop() const
    {
        if (context_.stop.stop_requested() || context_.stop_at_border.stop_requested()) {
            throw Error{Error::Kind::cancelled, "the copy was stopped on request"};
        }
    }

    /// Returns how many files at the beginning are there already.
    std::size_t begin(const MissingSet& set)
    {
        auto& record = context_.record;
        const auto name = catalog_name_of(set.set);
        std::size_t there = 0;
        if (record.copying == name) {
            while (there < set.files.size() && there < record.copied && set.files[there].is_there) {
                ++there;
            }
        }
        record.copying = name;
        record.copied = there;
        context_.on_record();
        return there;
    }

    /// By names of volumes; as far as the cache knows them. It is asked and nobody else, since the
    /// manifest on the target may not be readable here.
    [[nodiscard]] std::map<std::uint32_t, std::string> hashes_of(const naming::SetId& set) const
    {
        const auto& archive = context_.archive;
        const auto path = archive.directory.path_of(cached_manifest_name(archive, set));
        std::map<std::uint32_t, std::string> hashes;
        if (::access(path.c_str(), R_OK) != 0) {
            return hashes;
        }
        try {
            io::FileSource source{path};
            for (auto& volume : manifest::parse(source, {}).volumes) {
                hashes.emplace(volume.number, std::move(volume.sha1));
            }
        } catch (const Error& error) {
            context_.monitor.note(
                fmt::format("the cache's manifest of the {} cannot be read, so that its volumes "
                            "are copied without being compared with it: {}",
                            spoken_name_of(set), error.what()));
        }
        return hashes;
    }

    [[nodiscard]] std::string hash_of(const std::string& name) const
    {
        const auto parsed = naming::parse(name, context_.archive.settings.names.prefixes);
        if (!parsed || parsed->kind != naming::FileKind::volume) {
            return {};
        }
        const auto found = hashes_.find(parsed->volume);
        return found == hashes_.end() ? std::string{} : found->second;
    }

    void copy(const MissingFile& file)
    {
        const auto& name = file.name;
        auto spool = context_.to.make_spool(name, context_.archive.settings.temp_directory);
        io::FdSink sink{spool.fd(), name};
        io::DigestSink out{io::Digest::Algorithm::sha1, sink};
        if (auto local = context_.from.open_local(name)) {
            io::FileSource content{std::move(*local), name};
            io::copy(content, out);
        } else {
            context_.from.get(name, out);
        }
        const auto bytes = out.bytes();
        const auto expected = hash_of(name);
        const bool is_whole = file.bytes == remote::unknown_bytes || file.bytes == bytes;
        if (!is_whole || (!expected.empty() && out.hex() != expected)) {
            throw Error{Error::Kind::corrupt,
                        fmt::format("{} is damaged on {} and is not copied", name,
                                    context_.from.description()),
                        name, "duplictl check tells what is lost"};
        }
        context_.to.put(spool, name);
        check_arrival(context_.to, bytes, name);
        ++done_.files;
        done_.bytes += bytes;
        progress_.stored_bytes = done_.bytes;
        context_.monitor.progress(progress_);
    }

    CatchUp context_;
    CaughtUp& done_;
    std::map<std::uint32_t, std::string> hashes_;
    Progress progress_;
};

}  // namespace

void catch_up(CatchUp context, std::span<const MissingSet> missing, CaughtUp& done)
{
    auto& record = context.record;
    const auto on_record = context.on_record;
    Copy copy{std::move(context), done};
    for (const auto& set : missing) {
        copy.run(set);
    }
    record.copying.clear();
    record.copied = 0;
    on_record();
}

bool is_same_file(remote::Remote& one, remote::Remote& other, const std::string& name)
{
    return digest_of(one, name) == digest_of(other, name);
}

}  // namespace duplid::operation
