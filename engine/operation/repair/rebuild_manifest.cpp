#include "engine/operation/repair/rebuild_manifest.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "engine/volume/packer.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <fmt/format.h>
#include <memory>
#include <utility>

namespace duplid::operation {

namespace {

Error cannot(const std::string& why)
{
    return Error{Error::Kind::corrupt, why};
}

/// The objects that a set's signatures name, compared with those its volumes hold.
class Proof {
public:
    Proof(Archive& archive, const std::string& name)
        : source_{open_from_target(archive, name)}, reader_{*source_}
    {
        advance();
    }

    /// The volumes hold this key next.
    void take(const std::string& key)
    {
        if (has_key_ && key_ < key) {
            throw cannot(fmt::format("its signatures name {}, which is in no volume",
                                     io::printable(naming::path_of_key(key_))));
        }
        if (has_key_ && key_ == key) {
            advance();
        }
    }

    void finish() const
    {
        if (has_key_) {
            throw cannot(fmt::format("its last volumes are missing: no volume holds {}",
                                     io::printable(naming::path_of_key(key_))));
        }
    }

private:
    void advance()
    {
        has_key_ = reader_.next(header_);
        if (has_key_) {
            key_ = volume::member_of(header_).key;
        }
    }

    std::unique_ptr<io::Source> source_;
    tar::Reader reader_;
    tar::Header header_;
    std::string key_;
    bool has_key_ = false;
};

/// Goes through a set's volumes and writes down what their records say.
class Rebuilding {
public:
    Rebuilding(Archive& archive, const chain::BackupSet& set, Proof* proof,
               ReadingProgress& reading, const std::stop_token& stop)
        : archive_{archive}, set_{set}, proof_{proof}, reading_{reading}, stop_{stop}
    {
    }

    manifest::Manifest run()
    {
        std::uint32_t expected = 1;
        for (const auto& [number, name] : set_.volumes) {
            if (number != expected++) {
                throw cannot(fmt::format("volume {} is missing", expected - 1));
            }
            read_volume(number, name);
            reading_.has_read(name);
        }
        if (has_entry_ && entry_.block && entry_bytes_ == volume::block_bytes) {
            throw cannot(fmt::format("its last volume ends inside {}",
                                     io::printable(naming::path_of_key(entry_.key))));
        }
        if (proof_ != nullptr) {
            proof_->finish();
        }
        return std::move(manifest_);
    }

private:
    void read_volume(std::uint32_t number, const std::string& name)
    {
        auto file = fetch(archive_, name);
        manifest::Volume record;
        record.number = number;
        record.sha1 = volume::sha1_of(file.get(), name);
        const auto index = manifest_.volumes.size();
        manifest_.volumes.push_back(std::move(record));
        const auto wrapping =
            naming::parse(name, archive_.settings.names.prefixes).value().wrapping;
        const auto content = volume::open_file(std::move(file), name, packing_of(wrapping),
                                               open_options_of(archive_.settings));
        tar::Reader reader{*content};
        tar::Header header;
        bool first = true;
        while (reader.next(header)) {
            if (stop_.stop_requested()) {
                throw Error{Error::Kind::cancelled, "the repair was stopped on request"};
            }
            take_entry(volume::member_of(header), header.size);
            if (std::exchange(first, false)) {
                manifest_.volumes[index].first.key = entry_.key;
                first_of_ = index;
            }
        }
        // A volume without an entry repeats where the one before ended (archive-format.md 3.4).
        if (has_entry_) {
            manifest_.volumes[index].last.key = entry_.key;
            if (!first) {
                last_of_ = index;
            }
        }
        io::Bytes rest(std::size_t{64} << 10U);
        while (content->read(rest) > 0) {
        }
    }

    /// Only with the next entry is it known whether the one before was its file's last block, and
    /// whether its number belongs into the records it opens or closes.
    void take_entry(volume::Member member, std::uint64_t bytes)
    {
        const bool continues = has_entry_ && entry_.block && member.block &&
                               entry_.key == member.key && entry_.kind == member.kind;
        if (continues) {
            if (first_of_) {
                manifest_.volumes[*first_of_].first.block = entry_.block;
            }
            if (last_of_) {
                manifest_.volumes[*last_of_].last.block = entry_.block;
            }
        } else if (proof_ != nullptr) {
            proof_->take(member.key);
        }
        first_of_.reset();
        last_of_.reset();
        entry_ = std::move(member);
        entry_bytes_ = bytes;
        has_entry_ = true;
    }

    Archive& archive_;
    const chain::BackupSet& set_;
    Proof* proof_;
    ReadingProgress& reading_;
    const std::stop_token& stop_;
    manifest::Manifest manifest_;
    volume::Member entry_;  ///< the last one read
    std::uint64_t entry_bytes_ = 0;
    bool has_entry_ = false;
    std::optional<std::size_t> first_of_;  ///< volumes whose record begins, or ends, with it
    std::optional<std::size_t> last_of_;
};

}  // namespace

manifest::Manifest rebuild_manifest(Archive& archive, const chain::BackupSet& set,
                                    const std::optional<std::string>& signatures,
                                    ReadingProgress& reading, const std::stop_token& stop)
{
    if (set.volumes.empty()) {
        throw cannot("it has no volume");
    }
    std::optional<Proof> proof;
    if (signatures) {
        proof.emplace(archive, *signatures);
    }
    reading.expect(set);
    return Rebuilding{archive, set, proof ? &*proof : nullptr, reading, stop}.run();
}

}  // namespace duplid::operation
