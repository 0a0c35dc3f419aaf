#include "engine/operation/state/tree_stream.hpp"

#include "engine/chain/choice.hpp"
#include "engine/manifest/chunk_index.hpp"
#include "engine/naming/index.hpp"
#include "engine/naming/time.hpp"
#include "engine/rdiff/patch.hpp"
#include "storage/io/file.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace duplid::operation {

namespace {

/// So many sets are read ahead, each on a thread of its own; of longer chains the newest are not.
constexpr std::size_t sets_ahead_max = 3;

/// How much is passed on between two looks whether to stop.
constexpr std::size_t copy_bytes = std::size_t{1} << 20U;

/// What a delta makes of its basis may be any number of times larger than both; beyond this it
/// was made to do harm.
constexpr std::uint64_t patched_bytes_max = std::uint64_t{1} << 50U;

/// A chunk that shrank more than this may hold zeros, which come back as holes, or nothing but
/// headers: it takes no room for sure.
constexpr std::uint64_t sure_shrinking_max = 8;

class LimitedSink final : public io::Sink {
public:
    explicit LimitedSink(io::Sink& next) : next_{next} {}
    void write(io::ByteView bytes) override
    {
        bytes_ += bytes.size();
        if (bytes_ > patched_bytes_max) {
            throw Error{Error::Kind::corrupt, "a delta describes a file of more than a PiB"};
        }
        next_.write(bytes);
    }

private:
    io::Sink& next_;
    std::uint64_t bytes_ = 0;
};

/// Bytes that the chunks of a volume take when they are restored, at least.
std::uint64_t sure_bytes(const std::string& chunk_index)
{
    std::uint64_t sum = 0;
    for (const auto& chunk : manifest::parse_chunk_index(chunk_index).chunks) {
        if (chunk.raw_bytes / sure_shrinking_max < chunk.stored_bytes) {
            sum += chunk.raw_bytes;
        }
    }
    return sum;
}

}  // namespace

TreeStream::TreeStream(Archive& archive, const TreeRequest& request, Monitor& monitor,
                       std::stop_token stop)
    : archive_{archive}, monitor_{monitor}, stop_{std::move(stop)}, wanted_{naming::key_of_path(
                                                                        request.path,
                                                                        Error::Kind::invalid)},
      listing_{list_archive(archive)}, tell_volume_{request.tell_volume}
{
    choose_sets(request);
    warn_of_unusable_sets(request);
    open_streams();
}

TreeStream::~TreeStream() = default;

void TreeStream::choose_sets(const TreeRequest& request)
{
    const auto& collection = listing_.collection;
    const auto* chain =
        request.time ? chain::chain_at(collection, *request.time) : chain::newest_chain(collection);
    if (chain == nullptr) {
        throw Error{Error::Kind::not_found, "there is no backup on this target",
                    archive_.target.description(),
                    "collection-status shows what is there, also interrupted runs"}
            .with_detail("no_backup");
    }
    const auto time = request.time.value_or(std::numeric_limits<std::int64_t>::max());
    for (const auto& set : chain::sets_at(*chain, time)) {
        try {
            manifests_.push_back(load_manifest(archive_, set));
        } catch (const Error& error) {
            const bool is_damage =
                error.kind() == Error::Kind::corrupt || error.kind() == Error::Kind::not_found;
            if (is_damage && sets_.empty() && request.ignore_errors) {
                choose_without(set, request, error);
                return;
            }
            if (!is_damage || sets_.empty()) {
                throw;
            }
            // As duplicity does where a manifest is missing: the state before it.
            monitor_.warn(Error{Error::Kind::corrupt,
                                fmt::format("the set {} cannot be used, nor any that builds on it; "
                                            "the state is that of {}: {}",
                                            spoken_name_of(set.id), spoken_name_of(sets_.back().id),
                                            error.what()),
                                error.object(), "check tells what else is damaged"});
            return;
        }
        sets_.push_back(set);
    }
}

void TreeStream::choose_without(const chain::BackupSet& set, const TreeRequest& request,
                                const Error& why)
{
    // A set without a manifest is none, so what is left is what the other names say. `set` goes
    // with the old collection.
    const auto spoken_name = spoken_name_of(set.id);
    listing_.bytes_of.erase(set.manifest.value());
    std::vector<std::string> names;
    for (const auto& [name, bytes] : listing_.bytes_of) {
        names.push_back(name);
    }
    listing_.collection =
        chain::collect(names, archive_.directory.names(), archive_.settings.names.prefixes);
    if (listing_.collection.chains.empty()) {
        throw Error{why};
    }
    monitor_.warn(Error{Error::Kind::corrupt,
                        fmt::format("the set {} cannot be used, nor any that builds on it: {}",
                                    spoken_name, why.what()),
                        why.object(), "check tells what else is damaged"});
    choose_sets(request);
}

void TreeStream::warn_of_unusable_sets(const TreeRequest& request) const
{
    const auto& collection = listing_.collection;
    if (request.time && *request.time < set().end) {
        // Older than any chain that is left; duplicity says nothing.
        monitor_.warn(Error{Error::Kind::not_found,
                            fmt::format("no backup is as old as that; the state is that of {}",
                                        spoken_name_of(set())),
                            naming::print_time(*request.time),
                            "collection-status shows what is there"}
                          .with_detail("older_than_all"));
    }
    const auto until = request.time.value_or(std::numeric_limits<std::int64_t>::max());
    const auto belongs = [&](const chain::BackupSet& one) {
        return one.id.end > set().end && one.id.end <= until;
    };
    const auto warn = [&](const chain::BackupSet& one, std::string_view why) {
        monitor_.warn(Error{Error::Kind::corrupt,
                            fmt::format("the set {} cannot be used: {}; the state is that of {}",
                                        spoken_name_of(one.id), why, spoken_name_of(set())),
                            spoken_name_of(one.id), "collection-status shows what is there"});
    };
    for (const auto& one : collection.incomplete) {
        if (!belongs(one)) {
            continue;
        }
        if (find_stored_signatures(collection, one.id)) {
            warn(one, "its manifest is missing");
        } else {
            monitor_.note(fmt::format("the set {} was never finished and is passed over",
                                      spoken_name_of(one.id)));
        }
    }
    for (const auto& one : collection.orphaned) {
        if (belongs(one)) {
            warn(one, "the set it builds on is missing");
        }
    }
}

std::uint64_t TreeStream::stored_bytes(const chain::BackupSet& set, std::uint32_t volume) const
{
    const auto name = set.volumes.find(volume);
    if (name == set.volumes.end()) {
        return 0;
    }
    const auto bytes = listing_.bytes_of.find(name->second);
    return bytes == listing_.bytes_of.end() || bytes->second == remote::unknown_bytes
               ? 0
               : bytes->second;
}

void TreeStream::weigh(const chain::BackupSet& set, const manifest::Manifest& manifest)
{
    std::uint64_t least = 0;
    for (const auto& volume : manifest.volumes) {
        const auto bytes = stored_bytes(set, volume.number);
        volume_bytes_ += bytes;
        least += volume.chunks.empty() ? bytes : sure_bytes(volume.chunks);
    }
    // What increments add or remove nobody knows before they are read.
    least_bytes_ = sets_.size() == 1 ? std::optional{least} : std::nullopt;
}

void TreeStream::open_streams()
{
    for (std::size_t i = 0; i < sets_.size(); ++i) {
        const auto& set = sets_[i];
        if (wanted_.empty()) {
            weigh(set, manifests_[i]);
        }
        SetStreamOptions options;
        options.key = wanted_;
        options.ahead = wanted_.empty() && i < sets_ahead_max;
        options.on_lost_volume = [this](const Error& error) { monitor_.warn(error); };
        options.signatures = find_signatures(listing_.collection, set.id);
        streams_.push_back(std::make_unique<SetStream>(archive_, set, std::move(manifests_[i]),
                                                       std::move(options)));
    }
    manifests_.clear();
    volumes_counted_.resize(streams_.size());
}

void TreeStream::check_stop() const
{
    if (stop_.stop_requested()) {
        throw Error{Error::Kind::cancelled, "stopped on request"};
    }
}

std::uint32_t TreeStream::volumes_needed() const noexcept
{
    std::size_t sum = 0;
    for (const auto& stream : streams_) {
        sum += stream->volumes().size();
    }
    return static_cast<std::uint32_t>(sum);
}

VolumeStep TreeStream::step_of(VolumeStep::Step step, std::size_t stream, std::uint32_t volume,
                               std::uint32_t count) const
{
    const auto& set = sets_[stream];
    const auto name = set.volumes.find(volume);
    return {step, count, volumes_needed(), name == set.volumes.end() ? std::string{} : name->second,
            stored_bytes(set, volume)};
}

void TreeStream::tell_needed_volumes(const std::function<void(const VolumeStep&)>& take) const
{
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        for (const auto& volume : streams_[i]->volumes()) {
            take(step_of(VolumeStep::Step::needed, i, volume.number, volume.number));
        }
    }
}

void TreeStream::advance(std::size_t stream)
{
    auto& one = *streams_[stream];
    const bool has_entry = one.next();
    for (auto& counted = volumes_counted_[stream]; counted < one.volumes_done(); ++counted) {
        const auto number = one.volumes()[counted].number;
        volume_bytes_done_ += stored_bytes(sets_[stream], number);
        ++volumes_done_;
        if (tell_volume_) {
            tell_volume_(step_of(VolumeStep::Step::read, stream, number, volumes_done_));
        }
    }
    if (has_entry) {
        queue_.push_back(stream);
        std::push_heap(queue_.begin(), queue_.end(), [this](std::size_t a, std::size_t b) {
            const int order = streams_[a]->key().compare(streams_[b]->key());
            return order != 0 ? order > 0 : a > b;
        });
    }
}

bool TreeStream::next()
{
    if (!std::exchange(started_, true)) {
        for (std::size_t i = 0; i < streams_.size(); ++i) {
            advance(i);
        }
    }
    const auto later = [this](std::size_t a, std::size_t b) {
        const int order = streams_[a]->key().compare(streams_[b]->key());
        return order != 0 ? order > 0 : a > b;
    };
    for (;;) {
        check_stop();
        for (const auto stream : same_) {
            advance(stream);
        }
        same_.clear();
        if (queue_.empty()) {
            return false;
        }
        do {
            std::pop_heap(queue_.begin(), queue_.end(), later);
            same_.push_back(queue_.back());
            queue_.pop_back();
        } while (!queue_.empty() &&
                 streams_[queue_.front()]->key() == streams_[same_.front()]->key());
        if (resolve()) {
            return true;
        }
    }
}

bool TreeStream::damaged(const Error& why)
{
    damage_ = why;
    return true;
}

/// Whether a lost volume of a set behind the base may have held the object.
bool TreeStream::is_uncertain() const
{
    for (auto i = same_[base_] + 1; i < streams_.size(); ++i) {
        const auto gap = streams_[i]->gap();
        if (gap != SetStream::Gap::none &&
            std::find(same_.begin(), same_.end(), i) == same_.end() &&
            (gap == SetStream::Gap::anything || header().type != tar::Type::regular)) {
            return true;
        }
    }
    return false;
}

bool TreeStream::resolve()
{
    damage_.reset();
    key_ = streams_[same_.front()]->key();
    const auto corrupt = [this](const char* why) {
        return damaged(Error{Error::Kind::corrupt, why, io::printable(naming::path_of_key(key_))});
    };
    // The last entry that stands for itself, and the deltas behind it.
    for (base_ = same_.size();;) {
        if (base_ == 0) {
            return corrupt("only changes of it are there, not what they were made to");
        }
        const auto& entry = *streams_[same_[--base_]];
        if (entry.lost() != nullptr) {
            return damaged(*entry.lost());
        }
        if (entry.kind() != volume::MemberKind::diff) {
            break;
        }
    }
    if (streams_[same_[base_]]->kind() == volume::MemberKind::deleted) {
        return base_ + 1 < same_.size() && corrupt("it was deleted before it was changed");
    }
    if (is_uncertain()) {
        const auto newest = std::find_if(streams_.rbegin(), streams_.rend(), [](const auto& one) {
            return one->gap() != SetStream::Gap::none;
        });
        return damaged((*newest)->gap_reason());
    }
    if (header().type == tar::Type::hard_link) {
        return corrupt("it is a hard link, which no duplicity archive holds");
    }
    return true;
}

const tar::Header& TreeStream::header() const
{
    return streams_[same_.back()]->header();
}

void TreeStream::copy(SetStream& from, io::Sink& to)
{
    for (;;) {
        check_stop();
        const auto bytes = from.some_data(copy_bytes);
        if (bytes.empty()) {
            return;
        }
        to.write(bytes);
    }
}

void TreeStream::patch(const io::TempFile& basis, std::size_t set, io::Sink& out)
{
    LimitedSink limited{out};
    rdiff::patch(basis.fd(), io::printable(naming::path_of_key(key_)), streams_[set]->data(),
                 limited);
}

bool TreeStream::may_state_sha256() const
{
    return streams_[same_.back()]->may_state_sha256();
}

bool TreeStream::is_proven() const
{
    return base_ + 1 == same_.size() && streams_[same_[base_]]->is_proven();
}

bool TreeStream::check_content(const std::string& sha256)
{
    const auto& stated = streams_[same_.back()]->content_sha256();
    if (!stated.empty() && stated != sha256) {
        throw Error{
            Error::Kind::corrupt,
            fmt::format("its content has SHA-256 {} instead of {}", sha256, io::printable(stated)),
            io::printable(naming::path_of_key(key_))};
    }
    return !stated.empty();
}

/// Rules: archive-format.md 10.6.
void TreeStream::read_content(io::Sink& out)
{
    if (base_ + 1 == same_.size()) {
        copy(*streams_[same_[base_]], out);
        return;
    }
    const auto& directory = archive_.settings.temp_directory;
    auto basis = io::TempFile::unnamed(directory);
    io::FdSink basis_sink{basis.fd(), directory};
    copy(*streams_[same_[base_]], basis_sink);
    for (auto i = base_ + 1; i + 1 < same_.size(); ++i) {
        auto next = io::TempFile::unnamed(directory);
        io::FdSink next_sink{next.fd(), directory};
        patch(basis, same_[i], next_sink);
        basis = std::move(next);
    }
    patch(basis, same_.back(), out);
}

bool TreeStream::has_unknown_losses() const noexcept
{
    return std::any_of(streams_.begin(), streams_.end(),
                       [](const auto& stream) { return stream->had_gap(); });
}

std::uint64_t TreeStream::fetched_bytes() const noexcept
{
    std::uint64_t sum = 0;
    for (const auto& stream : streams_) {
        sum += stream->fetched_bytes();
    }
    return sum;
}

}  // namespace duplid::operation
