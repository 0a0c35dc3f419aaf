#include "engine/operation/rdiffdir/tree_patch.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/restore/tree_writer.hpp"
#include "engine/rdiff/patch.hpp"
#include "storage/io/text.hpp"

#include <fmt/format.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t copy_bytes = std::size_t{128} << 10U;
/// A short delta can copy its basis any number of times; beyond this it was made to do harm.
constexpr std::uint64_t file_bytes_max = std::uint64_t{1} << 50U;

class TreePatch {
public:
    TreePatch(TreePatchRequest request, Monitor& monitor, std::stop_token stop)
        : request_{std::move(request)}, monitor_{monitor}, stop_{std::move(stop)},
          delta_{*request_.delta}, writer_{TreeWriterOptions{.destination = request_.directory,
                                                             .force = true,
                                                             .replace_types = true},
                                           monitor},
          buffer_(copy_bytes)
    {
    }

    TreePatchReport run()
    {
        monitor_.phase(Phase::restoring);
        while (delta_.next()) {
            check_stop();
            if (request_.tell) {
                request_.tell(naming::path_of_key(delta_.key()));
            }
            take_entry();
            ++progress_.files_done;
            monitor_.progress(progress_);
        }
        monitor_.phase(Phase::finishing);
        writer_.finish();
        report_.bytes = writer_.bytes();
        report_.warnings += writer_.warnings();
        return report_;
    }

private:
    /// Passes what a file's content goes through, and asks whether to go on.
    class Watched final : public io::Sink {
    public:
        Watched(TreePatch& patch, io::Sink& next) : patch_{patch}, next_{next} {}
        void write(io::ByteView bytes) override
        {
            patch_.check_stop();
            bytes_ += bytes.size();
            if (bytes_ > file_bytes_max) {
                throw Error{Error::Kind::corrupt, "its delta describes more than a PiB"};
            }
            patch_.progress_.bytes_done += bytes.size();
            patch_.monitor_.progress(patch_.progress_);
            next_.write(bytes);
        }

    private:
        TreePatch& patch_;
        io::Sink& next_;
        std::uint64_t bytes_ = 0;
    };

    void check_stop() const
    {
        if (stop_.stop_requested()) {
            throw Error{Error::Kind::cancelled, "stopped on request"};
        }
    }

    void take_entry()
    {
        try {
            // What the writer could not do it has told.
            ++(apply() ? report_.objects : report_.failed);
        } catch (const Error& error) {
            // A damaged file has no entries any more; a delta that does not fit costs one file.
            if (error.kind() != Error::Kind::corrupt || delta_.is_broken()) {
                throw;
            }
            ++report_.failed;
            ++report_.warnings;
            const auto path = io::printable(naming::path_of_key(delta_.key()));
            monitor_.warn(Error{Error::Kind::corrupt,
                                fmt::format("{} cannot be patched: {}", path, error.what()), path,
                                "is this the directory that the delta was made for?"});
        }
    }

    [[nodiscard]] bool apply()
    {
        const auto& key = delta_.key();
        const auto& header = delta_.header();
        switch (delta_.kind()) {
        case volume::MemberKind::deleted:
            return writer_.remove(key);
        case volume::MemberKind::signature:
            // Nothing else will be in it.
            throw Error{
                Error::Kind::invalid,
                fmt::format("{} holds signatures and no changes", io::printable(delta_.name())),
                delta_.name()};
        case volume::MemberKind::diff:
            return apply_diff(key, header);
        case volume::MemberKind::snapshot:
            break;
        }
        switch (header.type) {
        case tar::Type::regular:
            return is_done(writer_.add_file(key, header, [this](io::Sink& sink) {
                Watched watched{*this, sink};
                copy(delta_.data(), watched);
            }));
        case tar::Type::directory:
            return is_done(writer_.add_directory(key, header));
        case tar::Type::hard_link:
            throw Error{Error::Kind::corrupt, "it is a hard link, which no delta holds"};
        default:
            return is_done(writer_.add_special(key, header));
        }
    }

    [[nodiscard]] bool apply_diff(const std::string& key, const tar::Header& header)
    {
        if (header.type != tar::Type::regular) {
            throw Error{Error::Kind::corrupt, "only regular files have deltas"};
        }
        const auto basis = writer_.open_file(key);
        if (!basis) {
            throw Error{Error::Kind::corrupt,
                        "there is no file that its delta could be applied to"};
        }
        return is_done(writer_.add_file(key, header, [&](io::Sink& sink) {
            Watched watched{*this, sink};
            rdiff::patch(basis.get(), io::printable(naming::path_of_key(key)), delta_.data(),
                         watched);
        }));
    }

    [[nodiscard]] static bool is_done(Effect effect) noexcept { return effect != Effect::failed; }

    void copy(io::Source& from, io::Sink& to)
    {
        for (auto got = from.read(buffer_); got > 0; got = from.read(buffer_)) {
            to.write(io::ByteView{buffer_}.first(got));
        }
    }

    TreePatchRequest request_;
    Monitor& monitor_;
    std::stop_token stop_;
    MemberStream& delta_;
    TreeWriter writer_;
    io::Bytes buffer_;
    Progress progress_;
    TreePatchReport report_;
};

}  // namespace

TreePatchReport patch_tree(TreePatchRequest request, Monitor& monitor, std::stop_token stop)
{
    return TreePatch{std::move(request), monitor, std::move(stop)}.run();
}

}  // namespace duplid::operation
