#include "engine/operation/restore/restore.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/restore/rename_map.hpp"
#include "engine/operation/restore/tree_preview.hpp"
#include "engine/operation/restore/tree_writer.hpp"
#include "engine/operation/state/tree_stream.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <sys/statvfs.h>
#include <utility>

namespace duplid::operation {

namespace {

/// Bytes that whoever restores may still write where `path` is or will be.
std::optional<std::uint64_t> room_at(std::filesystem::path path)
{
    struct statvfs facts {};
    while (::statvfs(path.c_str(), &facts) != 0) {
        if (!path.has_relative_path()) {
            return std::nullopt;
        }
        path = path.parent_path();
    }
    return static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize;
}

/// Tells a destination that fails from an archive that does, while one's bytes go to the other.
class WatchedSink final : public io::Sink {
public:
    WatchedSink(io::Sink& next, bool& is_its_turn) : next_{next}, is_its_turn_{is_its_turn} {}
    void write(io::ByteView bytes) override
    {
        is_its_turn_ = true;
        next_.write(bytes);
        is_its_turn_ = false;
    }

private:
    io::Sink& next_;
    bool& is_its_turn_;
};

/// One restore, in the order of its steps.
class RestoreRun {
public:
    RestoreRun(Archive& archive, const RestoreRequest& request, Monitor& monitor,
               std::stop_token stop)
        : archive_{archive}, request_{request}, monitor_{monitor}, renames_{request.renames},
          stop_{std::move(stop)}
    {
    }

    RestoreReport run()
    {
        monitor_.phase(Phase::preparing);
        open_target();
        tree_ = std::make_unique<TreeStream>(
            archive_,
            TreeRequest{request_.path, request_.time, request_.ignore_errors, request_.tell_volume},
            monitor_, stop_);
        report_.set = tree_->set();
        if (request_.only_volumes) {
            tree_->tell_needed_volumes(request_.tell_volume);
            return report_;
        }
        check_room();
        monitor_.phase(Phase::restoring);
        while (tree_->next()) {
            restore_object();
            tell_progress();
        }
        tell_progress();
        monitor_.phase(Phase::finishing);
        target_->finish();
        report_.has_unknown_losses = tree_->has_unknown_losses();
        if (objects_ == 0 && !report_.has_unknown_losses) {
            throw Error{Error::Kind::not_found,
                        fmt::format("{} is not in the backup of {}", io::printable(request_.path),
                                    spoken_name_of(report_.set)),
                        request_.path, "list-current-files shows what is"}
                .with_detail("not_in_archive", {{"path", request_.path}});
        }
        report_.bytes = bytes();
        report_.warnings =
            report_.damaged + left_out_ + (writer_ != nullptr ? writer_->warnings() : 0);
        report_.fetched_bytes = tree_->fetched_bytes();
        return report_;
    }

private:
    void open_target()
    {
        const auto overwrite = request_.overwrite.value_or(Overwrite::always);
        auto writer = std::make_unique<TreeWriter>(
            TreeWriterOptions{request_.destination, request_.overwrite.has_value(),
                              request_.restore_ownership, archive_.settings.numeric_owner,
                              overwrite, !renames_.empty()},
            monitor_);
        if (request_.dry_run) {
            target_ = std::make_unique<TreePreview>(request_.destination, overwrite);
        } else {
            writer_ = writer.get();
            target_ = std::move(writer);
        }
    }

    /// Into an occupied destination much may already be there.
    void check_room() const
    {
        const auto needed = tree_->least_bytes();
        const auto room = room_at(request_.destination);
        if (needed && room && !request_.dry_run && !request_.ignore_errors && !request_.overwrite &&
            *room < *needed) {
            throw Error{Error::Kind::no_space,
                        fmt::format("there is room for {} bytes, and at least {} are needed", *room,
                                    *needed),
                        request_.destination, "nothing was written; make room or restore a part"};
        }
    }

    [[nodiscard]] std::uint64_t bytes() const { return writer_ != nullptr ? writer_->bytes() : 0; }

    void tell_progress()
    {
        progress_.files_done = report_.files;
        progress_.bytes_expected = tree_->volume_bytes();
        progress_.bytes_done = tree_->volume_bytes() > 0 ? tree_->volume_bytes_done() : bytes();
        progress_.stored_bytes = tree_->fetched_bytes();
        monitor_.progress(progress_);
    }

    [[nodiscard]] std::string key_below_destination(const std::string& key) const
    {
        const auto& wanted = tree_->wanted();
        if (wanted.empty()) {
            return renames_.apply(key);
        }
        return key.size() == wanted.size() ? std::string{}
                                           : renames_.apply(key.substr(wanted.size() + 1));
    }

    void restore_object()
    {
        ++objects_;
        if (const auto* damage = tree_->damage()) {
            damaged(*damage);
            return;
        }
        const auto key = key_below_destination(tree_->key());
        if (request_.tell_begun) {
            request_.tell_begun(naming::path_of_key(key), tree_->header().type);
        }
        is_destinations_turn_ = true;
        try {
            count(key, put(key));
        } catch (const Error& error) {
            // The destination has no damaged content: this came from the archive.
            if (error.kind() == Error::Kind::corrupt) {
                damaged(error);
            } else if (request_.ignore_errors && is_destinations_turn_) {
                left_out(error);
            } else {
                throw;
            }
        }
    }

    Effect put(const std::string& key)
    {
        const auto& header = tree_->header();
        switch (header.type) {
        case tar::Type::regular:
            return put_file(key, header);
        case tar::Type::directory:
            return target_->add_directory(key, header);
        default:
            return target_->add_special(key, header);
        }
    }

    Effect put_file(const std::string& key, const tar::Header& header)
    {
        CheckContent check;
        if (!tree_->is_proven() && tree_->may_state_sha256()) {
            check = [this](const std::string& sha256) { tree_->check_content(sha256); };
        }
        const auto write = [this](io::Sink& sink) {
            WatchedSink watched{sink, is_destinations_turn_};
            is_destinations_turn_ = false;
            tree_->read_content(watched);
            is_destinations_turn_ = true;
        };
        return target_->add_file(key, header, write, check);
    }

    void count(const std::string& key, Effect effect)
    {
        switch (effect) {
        case Effect::made:
            ++report_.made;
            break;
        case Effect::replaced:
            ++report_.replaced;
            break;
        case Effect::unchanged:
            ++report_.unchanged;
            break;
        case Effect::left:
            ++report_.left;
            break;
        case Effect::failed:
            break;
        }
        ++report_.files;
        if (request_.tell && (request_.dry_run || effect == Effect::failed)) {
            request_.tell(naming::path_of_key(key), effect);
        }
    }

    void left_out(const Error& why)
    {
        ++left_out_;
        const auto path = naming::path_of_key(tree_->key());
        monitor_.warn(why.with_context(fmt::format("{} is left out", io::printable(path)))
                          .with_detail("not_written", {{"path", path}}));
    }

    void damaged(const Error& why)
    {
        ++report_.damaged;
        const auto path = io::printable(naming::path_of_key(tree_->key()));
        monitor_.warn(Error{Error::Kind::corrupt,
                            fmt::format("{} cannot be restored: {}", path, why.what()), path,
                            "try an earlier time"}
                          .with_detail("damaged", {{"path", naming::path_of_key(tree_->key())}}));
    }

    Archive& archive_;
    const RestoreRequest& request_;
    Monitor& monitor_;
    RenameMap renames_;
    std::stop_token stop_;
    std::unique_ptr<TreeTarget> target_;
    TreeWriter* writer_ = nullptr;  ///< `target_`, when something is written
    std::unique_ptr<TreeStream> tree_;
    bool is_destinations_turn_ = false;  ///< what fails now is not the archive
    std::uint64_t objects_ = 0;
    std::uint64_t left_out_ = 0;
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
