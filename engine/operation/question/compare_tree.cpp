#include "engine/naming/index.hpp"
#include "engine/operation/archive/hex.hpp"
#include "engine/operation/index/file_index.hpp"
#include "engine/operation/index/signature_digest.hpp"
#include "engine/operation/object/extended_attributes.hpp"
#include "engine/operation/object/made_file.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/operation/question/compare.hpp"
#include "engine/operation/question/compare_parts.hpp"
#include "engine/operation/question/row_difference.hpp"
#include "engine/rdiff/signature.hpp"
#include "engine/select/walker.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/text.hpp"

#include <array>
#include <cerrno>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace duplid::operation {

namespace {

/// Takes a signature as it is made and keeps its digest only.
class DigestSink final : public io::Sink {
public:
    void write(io::ByteView bytes) override { digest_.add(bytes); }
    [[nodiscard]] std::uint64_t value() const noexcept { return digest_.value(); }

private:
    SignatureDigest digest_;
};

constexpr std::size_t read_bytes = std::size_t{256} << 10U;

select::Type select_type_of(const cache::FileRow& row) noexcept
{
    switch (tar_type_of_row(row.type)) {
    case tar::Type::regular:
    case tar::Type::hard_link:
        return select::Type::regular;
    case tar::Type::directory:
        return select::Type::directory;
    case tar::Type::symlink:
        return select::Type::symlink;
    case tar::Type::fifo:
        return select::Type::fifo;
    case tar::Type::character:
        return select::Type::character;
    case tar::Type::block:
        return select::Type::block;
    }
    return select::Type::regular;
}

/// The source, walked in step with the state's rows.
class TreeSide final : select::WalkListener {
public:
    explicit TreeSide(const CompareTreeRequest& request)
        : rules_{request.rules, request.source, request.rule_settings}, made_{request.made},
          walker_{rules_, {}, *this}
    {
    }

    bool advance()
    {
        if (!walker_.next(entry_)) {
            return false;
        }
        put_row(entry_, {}, state_);
        row_ = {};
        row_.key = state_.key;
        row_.type = state_.type;
        row_.mode = state_.mode;
        row_.uid = state_.uid;
        row_.gid = state_.gid;
        row_.mtime = state_.mtime;
        row_.mtime_ns = state_.mtime_ns;
        row_.link = state_.link;
        row_.rdev_major = state_.rdev_major;
        row_.rdev_minor = state_.rdev_minor;
        row_.size =
            entry_.type == select::Type::regular ? std::optional{entry_.size} : std::nullopt;
        return true;
    }
    [[nodiscard]] cache::FileRow& row() noexcept { return row_; }

    /// Reads the file and adds to its row what `kept` can be compared by.
    /// Throws: Error when it cannot be read.
    void look_inside(const cache::FileRow& kept)
    {
        const auto fd = walker_.open_current();
        io::Digest digest{io::Digest::Algorithm::sha256};
        DigestSink signature;
        const auto block_bytes =
            kept.block_bytes != 0 ? kept.block_bytes : rdiff::block_bytes(entry_.size);
        rdiff::SignatureMaker maker{block_bytes, signature};
        const bool by_sha256 = !kept.sha256.empty();
        for (std::uint64_t offset = 0;;) {
            const auto got = io::pread_full(fd.get(), buffer_, offset, entry_.path);
            const auto bytes = io::ByteView{buffer_}.first(got);
            by_sha256 ? digest.add(bytes) : maker.write(bytes);
            offset += got;
            if (got < buffer_.size()) {
                break;
            }
        }
        if (by_sha256) {
            row_.sha256 = bytes_of_hex(digest.hex());
            return;
        }
        maker.finish();
        row_.block_bytes = block_bytes;
        row_.content = signature.value();
    }

    /// Adds the extended attributes to the row. Throws: Error when they cannot be read.
    void look_at_attributes()
    {
        const auto handle = walker_.handle_of_current();
        row_.attributes =
            handle ? attributes_digest(read_attributes(handle.get(), io::printable(entry_.path)))
                   : std::string{};
    }

    /// Whether a path that the walk did not give is to be called removed: it is neither there nor
    /// excluded, and nobody expects it there.
    [[nodiscard]] bool is_removed(const cache::FileRow& kept) const
    {
        if (made_.contains(kept.key)) {
            return false;
        }
        const auto path = path_of(kept.key);
        struct stat facts {};
        if (::lstat(path.c_str(), &facts) == 0 || (errno != ENOENT && errno != ENOTDIR)) {
            return false;  // excluded, or unreadable, which was told
        }
        return rules_.decide(path, {.type = select_type_of(kept), .mtime = kept.mtime}) !=
               select::Verdict::exclude;
    }

    /// What could not be read since the last call: paths below the root, with reasons.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> take_unreadable()
    {
        return std::exchange(unreadable_, {});
    }
    [[nodiscard]] std::string name_of(const std::string& path) const
    {
        const auto& base = rules_.base();
        const auto skip = base.size() + (base.ends_with('/') ? 0 : 1);
        return path.size() > skip ? path.substr(skip) : ".";
    }

private:
    [[nodiscard]] std::string path_of(const std::string& key) const
    {
        const auto& base = rules_.base();
        return base + (base.ends_with('/') ? "" : "/") + naming::path_of_key(key);
    }

    void on_unreadable(const std::string& path, const Error& error) override
    {
        unreadable_.emplace_back(name_of(path), error.what());
    }
    void on_vanished(const std::string& /*path*/) override {}
    void on_socket(const std::string& /*path*/) override {}

    select::Rules rules_;
    MadePlaces made_;
    std::vector<std::pair<std::string, std::string>> unreadable_;
    select::Walker walker_;
    select::Entry entry_;
    cache::StateRow state_;
    cache::FileRow row_;
    io::Bytes buffer_ = io::Bytes(read_bytes);
};

class Comparison {
public:
    /// `paths`: about how many will be compared.
    Comparison(const CompareTreeRequest& request, std::uint64_t paths, Monitor& monitor,
               const TakeDifference& take, CompareOutcome& outcome)
        : request_{request}, tree_{request}, teller_{take, outcome, monitor, paths}
    {
    }

    void run(cache::FileCursor& cursor, const std::stop_token& stop)
    {
        cache::FileRow kept;
        bool has_kept = cursor.next(kept);
        bool has_found = tree_.advance();
        bool goes_on = true;
        while (goes_on && (has_kept || has_found) && !stop.stop_requested()) {
            const int order = !has_kept ? 1 : !has_found ? -1 : kept.key.compare(tree_.row().key);
            goes_on = tell_unreadable() && tell(order, kept);
            if (order <= 0) {
                has_kept = cursor.next(kept);
            }
            if (order >= 0) {
                has_found = tree_.advance();
            }
        }
        if (goes_on) {
            tell_unreadable();
        }
    }

private:
    bool tell(int order, const cache::FileRow& kept)
    {
        if (order < 0) {
            return !tree_.is_removed(kept) || teller_.tell(&kept, nullptr);
        }
        if (order > 0) {
            return teller_.tell(nullptr, &tree_.row());
        }
        try {
            if (wants_content(kept, tree_.row())) {
                tree_.look_inside(kept);
            }
            // They cost more than all the rest, so only where nothing else tells a difference.
            if (kept.attributes && difference_of(kept, tree_.row()) == RowDifference::none) {
                tree_.look_at_attributes();
            }
        } catch (const Error& error) {
            return teller_.tell_unreadable(naming::path_of_key(kept.key), error.what());
        }
        return teller_.tell(&kept, &tree_.row());
    }

    [[nodiscard]] bool wants_content(const cache::FileRow& kept, const cache::FileRow& found) const
    {
        const bool both_files = letter_of_row(kept) == 'f' && letter_of_row(found) == 'f';
        const bool other_size = kept.size && kept.size != found.size;
        if (!both_files || other_size) {
            return false;
        }
        return request_.compare_data || kept.mtime != found.mtime ||
               (kept.mtime_ns && kept.mtime_ns != found.mtime_ns);
    }

    bool tell_unreadable()
    {
        for (const auto& [path, error] : tree_.take_unreadable()) {
            if (!teller_.tell_unreadable(path, error)) {
                return false;
            }
        }
        return true;
    }

    const CompareTreeRequest& request_;
    TreeSide tree_;
    DifferenceTeller teller_;
};

}  // namespace

CompareOutcome compare_tree(Archive& archive, const CompareTreeRequest& request, Monitor& monitor,
                            std::stop_token stop, const TakeDifference& take)
{
    const auto listing = list_archive(archive);
    const std::array chains{&wanted_chain(archive, listing, request.time)};
    CompareOutcome outcome;
    return with_index(
        archive,
        [&] {
            outcome = {};
            const auto ready = ready_index(archive, listing, chains, monitor, stop);
            const auto& chain = ready.chains.front();
            const auto position = position_at(chain, request.time);
            outcome.before = chain.chain->sets[static_cast<std::size_t>(position)].id;
            auto cursor = ready.index->state(chain.id, position);
            Comparison{request, ready.index->count(chain.id), monitor, take, outcome}.run(cursor,
                                                                                          stop);
            return outcome;
        },
        [&] { return outcome.differences == 0; });
}

}  // namespace duplid::operation
