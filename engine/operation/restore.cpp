#include "engine/operation/restore.hpp"

#include "engine/chain/choice.hpp"
#include "engine/naming/index.hpp"
#include "engine/operation/archive_files.hpp"
#include "engine/operation/set_stream.hpp"
#include "engine/operation/tree_writer.hpp"
#include "engine/rdiff/patch.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <memory>
#include <queue>
#include <unistd.h>
#include <utility>
#include <vector>

namespace duplid::operation {

namespace {

/// So many sets are read ahead, each on a thread of its own; of longer chains the newest are not.
constexpr std::size_t sets_ahead_max = 3;

/// What a delta makes of its basis may be any number of times larger than both; beyond this it
/// was made to do harm.
constexpr std::uint64_t patched_bytes_max = std::uint64_t{1} << 50U;

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

/// One restore, in the order of its steps.
class RestoreRun {
public:
    RestoreRun(Archive& archive, const RestoreRequest& request, Monitor& monitor,
               std::stop_token stop)
        : archive_{archive}, request_{request}, monitor_{monitor}, stop_{std::move(stop)},
          key_{naming::key_of_path(request.path, Error::Kind::invalid)}
    {
    }

    RestoreReport run()
    {
        monitor_.phase(Phase::preparing);
        listing_ = list_archive(archive_);
        open_sets();
        TreeWriter tree{{request_.destination, request_.force, request_.restore_ownership,
                         archive_.settings.numeric_owner},
                        monitor_};
        monitor_.phase(Phase::restoring);
        restore_all(tree);
        monitor_.phase(Phase::finishing);
        tree.finish();
        if (objects_ == 0) {
            throw Error{Error::Kind::not_found,
                        fmt::format("{} is not in the backup of {}", io::printable(request_.path),
                                    spoken_name_of(report_.set)),
                        request_.path, "list-current-files shows what is"};
        }
        report_.bytes = tree.bytes();
        report_.warnings = tree.warnings() + report_.damaged;
        for (const auto& stream : streams_) {
            report_.fetched_bytes += stream->fetched_bytes();
        }
        return report_;
    }

private:
    void open_sets()
    {
        const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
        const auto* chain = request_.time ? chain::chain_at(listing_.collection, *request_.time)
                                          : chain::newest_chain(listing_.collection);
        if (chain == nullptr) {
            throw Error{Error::Kind::not_found, "there is no backup on this target",
                        archive_.target.description(),
                        "collection-status shows what is there, also interrupted runs"};
        }
        const auto newest = std::max(now, chain->end());
        const auto sets = chain::sets_at(*chain, request_.time.value_or(newest));
        report_.set = sets.back().id;
        for (const auto& set : sets) {
            SetStreamOptions options;
            options.key = key_;
            options.ahead = key_.empty() && streams_.size() < sets_ahead_max;
            streams_.push_back(
                std::make_unique<SetStream>(archive_, set, load_manifest(archive_, set), options));
        }
    }

    void check_stop() const
    {
        if (stop_.stop_requested()) {
            throw Error{Error::Kind::cancelled, "the restore was stopped on request"};
        }
    }

    /// Merges the sets, which all have the same order, and restores object by object.
    void restore_all(TreeWriter& tree)
    {
        const auto later = [this](std::size_t a, std::size_t b) {
            const int order = streams_[a]->key().compare(streams_[b]->key());
            return order != 0 ? order > 0 : a > b;
        };
        std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> queue{later};
        for (std::size_t i = 0; i < streams_.size(); ++i) {
            if (streams_[i]->next()) {
                queue.push(i);
            }
        }
        std::vector<std::size_t> same;  // sets that have the object, oldest first
        while (!queue.empty()) {
            check_stop();
            same.clear();
            do {
                same.push_back(queue.top());
                queue.pop();
            } while (!queue.empty() &&
                     streams_[queue.top()]->key() == streams_[same.front()]->key());
            restore_object(same, tree);
            for (const auto i : same) {
                if (streams_[i]->next()) {
                    queue.push(i);
                }
            }
        }
    }

    [[nodiscard]] std::string key_below_destination(const std::string& key) const
    {
        if (key_.empty()) {
            return key;
        }
        return key.size() == key_.size() ? std::string{} : key.substr(key_.size() + 1);
    }

    /// Rules: archive-format.md 10.6.
    void restore_object(const std::vector<std::size_t>& sets, TreeWriter& tree)
    {
        // The last entry that stands for itself, and the deltas behind it.
        auto base = sets.size();
        while (base > 0 && streams_[sets[base - 1]]->kind() == volume::MemberKind::diff) {
            --base;
        }
        const auto& newest = *streams_[sets.back()];
        if (base == 0) {
            damaged(newest.key(), "only changes of it are there, not what they were made to");
            return;
        }
        --base;
        auto& first = *streams_[sets[base]];
        if (first.kind() == volume::MemberKind::deleted) {
            if (base + 1 < sets.size()) {
                damaged(newest.key(), "it was deleted before it was changed");
            }
            return;
        }
        const auto key = key_below_destination(newest.key());
        const auto& header = newest.header();
        ++objects_;
        if (header.type == tar::Type::regular) {
            restore_file(sets, base, key, tree);
        } else if (header.type == tar::Type::directory) {
            tree.add_directory(key, header);
        } else if (header.type == tar::Type::hard_link) {
            damaged(newest.key(), "it is a hard link, which no duplicity archive holds");
            return;
        } else {
            tree.add_special(key, header);
        }
        ++report_.files;
        progress_.files_done = report_.files;
        progress_.bytes_done = tree.bytes();
        monitor_.progress(progress_);
    }

    void restore_file(const std::vector<std::size_t>& sets, std::size_t base,
                      const std::string& key, TreeWriter& tree)
    {
        const auto header = streams_[sets.back()]->header();
        auto& first = *streams_[sets[base]];
        const auto name = io::printable(naming::path_of_key(first.key()));
        if (base + 1 == sets.size()) {
            add_checked(tree, key, header, *streams_[sets.back()], name,
                        [&](io::Sink& sink) { copy(first.data(), sink); });
            return;
        }
        auto basis = io::TempFile::unnamed(archive_.settings.temp_directory);
        io::FdSink basis_sink{basis.fd(), archive_.settings.temp_directory};
        copy(first.data(), basis_sink);
        for (auto i = base + 1; i + 1 < sets.size(); ++i) {
            auto next = io::TempFile::unnamed(archive_.settings.temp_directory);
            io::FdSink sink{next.fd(), archive_.settings.temp_directory};
            apply(basis.fd(), name, streams_[sets[i]]->data(), sink);
            basis = std::move(next);
        }
        add_checked(tree, key, header, *streams_[sets.back()], name, [&](io::Sink& sink) {
            apply(basis.fd(), name, streams_[sets.back()]->data(), sink);
        });
    }

    /// Adds a file whose newest entry is `newest`'s, and compares what it became with the SHA-256
    /// that stands there, if any. What is damage of this file alone costs this file alone.
    void add_checked(TreeWriter& tree, const std::string& key, const tar::Header& header,
                     SetStream& newest, const std::string& name,
                     const std::function<void(io::Sink&)>& write)
    {
        std::function<void(const std::string&)> check;
        if (newest.may_state_sha256()) {
            check = [&](const std::string& sha256) {
                const auto& stated = newest.content_sha256();
                if (!stated.empty() && stated != sha256) {
                    throw Error{Error::Kind::corrupt,
                                fmt::format("its content has SHA-256 {} instead of {}", sha256,
                                            io::printable(stated)),
                                name};
                }
            };
        }
        try {
            tree.add_file(key, header, write, check);
        } catch (const Error& error) {
            if (error.kind() != Error::Kind::corrupt || error.object() != name) {
                throw;
            }
            damaged(newest.key(), error.what());
        }
    }

    void apply(int basis, const std::string& name, io::Source& delta, io::Sink& out)
    {
        LimitedSink limited{out};
        rdiff::patch(basis, name, delta, limited);
    }

    void copy(io::Source& from, io::Sink& to)
    {
        for (;;) {
            check_stop();
            const auto got = from.read(buffer_);
            if (got == 0) {
                return;
            }
            to.write(io::ByteView{buffer_}.first(got));
        }
    }

    void damaged(const std::string& key, std::string_view why)
    {
        ++report_.damaged;
        ++objects_;
        const auto path = io::printable(naming::path_of_key(key));
        monitor_.warn(Error{Error::Kind::corrupt,
                            fmt::format("{} cannot be restored: {}", path, why), path,
                            "try an earlier time"});
    }

    Archive& archive_;
    const RestoreRequest& request_;
    Monitor& monitor_;
    std::stop_token stop_;
    std::string key_;
    Listing listing_;
    std::vector<std::unique_ptr<SetStream>> streams_;
    io::Bytes buffer_ = io::Bytes(std::size_t{128} << 10U);
    std::uint64_t objects_ = 0;
    Progress progress_;
    RestoreReport report_;
};

}  // namespace

RestoreReport restore(Archive& archive, const RestoreRequest& request, Monitor& monitor,
                      std::stop_token stop)
{
    return RestoreRun{archive, request, monitor, std::move(stop)}.run();
}

}  // namespace duplid::operation
