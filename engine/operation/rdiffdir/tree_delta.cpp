#include "engine/operation/rdiffdir/tree_delta.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/backup/unknown_paths.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/operation/object/source_reader.hpp"
#include "engine/operation/rdiffdir/signature_chain.hpp"
#include "engine/operation/rdiffdir/sigtar_sink.hpp"
#include "engine/rdiff/delta.hpp"
#include "engine/select/walker.hpp"
#include "engine/volume/packer.hpp"
#include "storage/cache/state_row.hpp"
#include "storage/io/spill_buffer.hpp"
#include "storage/io/text.hpp"

#include <fmt/format.h>
#include <optional>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 20U;

void check_stop(const std::stop_token& stop)
{
    if (stop.stop_requested()) {
        throw Error{Error::Kind::cancelled, "stopped on request"};
    }
}

/// Chunks of a difftar, straight to where they belong.
class DifftarSink {
public:
    explicit DifftarSink(io::Sink& out)
        : out_{out}, packer_{chunk_bytes, store_, [this](std::unique_ptr<volume::Chunk> chunk) {
                                 out_.write(chunk->raw());
                                 bytes_ += chunk->bytes;
                                 store_.give_back(std::move(chunk));
                             }}
    {
    }

    [[nodiscard]] volume::Packer& packer() noexcept { return packer_; }

    void finish()
    {
        packer_.flush();
        end_tar(bytes_, out_);
    }

private:
    io::Sink& out_;
    std::uint64_t bytes_ = 0;
    volume::ChunkStore store_{1};
    volume::Packer packer_;
};

/// One comparison, in the order of its steps.
class TreeDelta final : public select::WalkListener {
public:
    TreeDelta(TreeDeltaRequest request, Monitor& monitor, std::stop_token stop)
        : request_{std::move(request)}, monitor_{monitor}, stop_{std::move(stop)},
          rules_{request_.rules, request_.directory, request_.rule_settings},
          walker_{rules_, select::WalkOptions{}, *this}, old_{std::move(request_.signatures)},
          signature_{request_.temp_directory}, old_signature_{request_.temp_directory},
          source_{[this](std::size_t bytes) { count(bytes); }}
    {
        if (request_.delta != nullptr) {
            difftar_.emplace(*request_.delta);
        }
        if (request_.signature != nullptr) {
            sigtar_.emplace(*request_.signature);
        }
    }

    TreeDeltaReport run()
    {
        monitor_.phase(Phase::scanning);
        bool has_old = old_.next();
        bool has_entry = walker_.next(entry_);
        while (has_old || has_entry) {
            check_stop(stop_);
            const int order = !has_entry ? 1 : !has_old ? -1 : entry_.key.compare(old_.key());
            if (order < 0) {
                take_new();
            } else if (order == 0) {
                take_both();
            } else {
                take_gone();
            }
            if (order <= 0) {
                ++progress_.files_done;
                monitor_.progress(progress_);
                has_entry = walker_.next(entry_);
            }
            if (order >= 0) {
                has_old = old_.next();
            }
        }
        if (difftar_) {
            difftar_->finish();
        }
        if (sigtar_) {
            sigtar_->finish();
        }
        return report_;
    }

    void on_unreadable(const std::string& path, const Error& error) override
    {
        unreadable_.add(path, rules_.base());
        warn(unreadable(error, path));
    }

    void on_vanished(const std::string& path) override
    {
        monitor_.note(fmt::format("{} was gone before it could be read", io::printable(path)));
    }

    void on_socket(const std::string& path) override
    {
        monitor_.note(fmt::format("Skipping socket {}", io::printable(path)));
    }

private:
    void take_new()
    {
        if (entry_.type == select::Type::regular) {
            store_file(false);
        } else {
            store_object();
        }
    }

    void take_both()
    {
        put_row(old_.header(), old_.key(), owners_, false, row_);
        switch (compare(entry_, row_)) {
        case Difference::none:
        // Of a sigtar out of one of our archives: size and time to the nanosecond are the same.
        case Difference::look_inside:
            return;
        case Difference::replaced:
            take_new();
            return;
        case Difference::changed:
            break;
        }
        if (entry_.type == select::Type::regular) {
            store_file(true);
        } else {
            store_object();
        }
    }

    void take_gone()
    {
        // The root is always there, or there would be no walk.
        if (unreadable_.contains(old_.key())) {
            return;
        }
        header_ = tar::Header{};
        if (difftar_) {
            difftar_->packer().add(volume::MemberKind::deleted, old_.key(), header_);
        }
        if (sigtar_) {
            sigtar_->add(volume::MemberKind::deleted, old_.key(), header_);
        }
        ++report_.deleted;
        tell(old_.key(), TreeChange::deleted);
    }

    void store_object()
    {
        put_header(entry_, owners_, header_);
        if (difftar_) {
            difftar_->packer().add(volume::MemberKind::snapshot, entry_.key, header_);
        }
        if (sigtar_) {
            sigtar_->add(volume::MemberKind::snapshot, entry_.key, header_);
        }
        ++report_.added;
        tell(entry_.key, TreeChange::added);
    }

    void store_file(bool has_old)
    {
        const auto path = io::printable(entry_.path);
        try {
            source_.open([this] { return walker_.open_current(); }, entry_, path);
        } catch (const Error& error) {
            end_if_stopped(error);
            unreadable_.add(entry_.path, rules_.base());
            warn(unreadable(error, entry_.path));
            return;
        }
        put_header(entry_, owners_, header_);
        signature_.clear();
        rdiff::SignatureMaker signature{rdiff::block_bytes(entry_.size, request_.block_bytes_max),
                                        signature_};
        if (!difftar_) {
            read([&](io::ByteView data) { signature.write(data); });
        } else if (has_old) {
            store_delta(signature);
        } else {
            difftar_->packer().add_file(
                entry_.key, header_, [this](io::ByteSpan into) { return read_or_warn(into); },
                [&signature](io::ByteView data) { signature.write(data); });
        }
        signature.finish();
        const bool is_stable = source_.is_unchanged();
        if (!is_stable) {
            warn(Error{Error::Kind::corrupt, fmt::format("{} changed while it was read", path),
                       path});
        }
        if (sigtar_) {
            put_header(entry_, owners_, header_);
            if (!is_stable && header_.mtime > 0) {
                --header_.mtime;  // so that the next delta has it again
            }
            sigtar_->add(volume::MemberKind::signature, entry_.key, header_, signature_.view());
        }
        ++(has_old ? report_.changed : report_.added);
        tell(entry_.key, has_old ? TreeChange::changed : TreeChange::added);
    }

    void store_delta(rdiff::SignatureMaker& signature)
    {
        old_.read_signature(old_signature_);
        const auto table = table_of_old();
        volume::DiffEntry entry{difftar_->packer(), entry_.key, header_};
        rdiff::DeltaMaker delta{*table, entry};
        read([&](io::ByteView data) {
            signature.write(data);
            delta.write(data);
        });
        delta.finish();
        entry.finish();
    }

    [[nodiscard]] std::unique_ptr<const rdiff::SignatureTable> table_of_old()
    {
        try {
            return std::make_unique<const rdiff::SignatureTable>(old_signature_,
                                                                 request_.temp_directory);
        } catch (const Error& error) {
            throw Error{error.kind(),
                        fmt::format("{}: {}: {}", io::printable(old_.name()),
                                    io::printable(entry_.path), error.what()),
                        old_.name()};
        }
    }

    /// Shows the file to `look`, to its end or to where it cannot be read.
    template <class Look>
    void read(const Look& look)
    {
        for (auto data = next_or_warn(); !data.empty(); data = next_or_warn()) {
            look(data);
        }
    }

    io::ByteView next_or_warn()
    {
        try {
            return source_.next_piece();
        } catch (const Error& error) {
            end_if_stopped(error);
            warn(unreadable(error, entry_.path));
            return {};
        }
    }

    std::size_t read_or_warn(io::ByteSpan into)
    {
        try {
            return source_.read(into);
        } catch (const Error& error) {
            end_if_stopped(error);
            warn(unreadable(error, entry_.path));
            return 0;
        }
    }

    static void end_if_stopped(const Error& error)
    {
        if (error.kind() == Error::Kind::cancelled) {
            throw Error{error};
        }
    }

    void count(std::size_t bytes)
    {
        check_stop(stop_);
        report_.source_bytes += bytes;
        progress_.bytes_done += bytes;
        monitor_.progress(progress_);
    }

    void tell(const std::string& key, TreeChange change)
    {
        if (request_.tell) {
            request_.tell(naming::path_of_key(key), change);
        }
    }

    void warn(const Error& error)
    {
        ++report_.warnings;
        monitor_.warn(error);
    }

    TreeDeltaRequest request_;
    Monitor& monitor_;
    std::stop_token stop_;
    select::Rules rules_;
    select::Entry entry_;
    select::Walker walker_;
    SignatureChain old_;
    std::optional<DifftarSink> difftar_;
    std::optional<SigtarSink> sigtar_;
    Owners owners_;
    tar::Header header_;
    cache::StateRow row_;
    io::SpillBuffer signature_;      ///< of the current file
    io::SpillBuffer old_signature_;  ///< of what it was
    SourceReader source_;
    UnknownPaths unreadable_;
    Progress progress_;
    TreeDeltaReport report_;
};

}  // namespace

TreeDeltaReport write_tree_delta(TreeDeltaRequest request, Monitor& monitor, std::stop_token stop)
{
    return TreeDelta{std::move(request), monitor, std::move(stop)}.run();
}

}  // namespace duplid::operation
