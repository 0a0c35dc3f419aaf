#include "engine/operation/check/verify.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/check/compare_local.hpp"
#include "engine/operation/object/made_file.hpp"
#include "engine/operation/object/old_content.hpp"
#include "engine/operation/state/content_proof.hpp"
#include "engine/operation/state/known_state.hpp"
#include "engine/operation/state/tree_stream.hpp"
#include "engine/select/walker.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <fmt/format.h>
#include <memory>
#include <utility>

namespace duplid::operation {

namespace {

using Aspect = LocalDifference::Aspect;

class NoSink final : public io::Sink {
public:
    void write(io::ByteView) override {}
};

/// Content on its way past those who want to see it.
class Witnesses final : public io::Sink {
public:
    void write(io::ByteView content) override
    {
        bytes += content.size();
        if (sha256) {
            sha256->add(content);
        }
        if (proof) {
            proof->write(content);
        }
        if (local) {
            local->write(content);
        }
    }

    std::uint64_t bytes = 0;
    std::optional<io::Digest> sha256;
    std::optional<ContentProof> proof;
    std::optional<OldContent> local;
};

/// The directory that the archive is compared with, entry by entry.
class Local final : public select::WalkListener {
public:
    Local(const VerifyRequest& request, Monitor& monitor)
        : monitor_{monitor}, rules_{request.rules, select::normal_source(request.directory),
                                    request.rule_settings},
          walker_{rules_, {}, *this}
    {
    }

    bool next() { return walker_.next(entry_); }
    [[nodiscard]] const select::Entry& entry() const noexcept { return entry_; }
    [[nodiscard]] io::Fd open() const { return walker_.open_current(); }

    void on_unreadable(const std::string& path, const Error& error) override
    {
        monitor_.warn(error.with_detail("unreadable", {{"path", path}}));
    }
    void on_vanished(const std::string&) override {}
    void on_socket(const std::string& path) override
    {
        monitor_.tell(Skipped{path, Skipped::Why::socket});
    }

private:
    Monitor& monitor_;
    select::Rules rules_;
    select::Walker walker_;
    select::Entry entry_;
};

class VerifyRun {
public:
    VerifyRun(Archive& archive, const VerifyRequest& request, Monitor& monitor,
              std::stop_token stop)
        : archive_{archive}, request_{request}, monitor_{monitor}, stop_{std::move(stop)},
          made_{request.made}
    {
    }

    VerifyReport run()
    {
        monitor_.phase(Phase::preparing);
        if (!request_.directory.empty()) {
            local_ = std::make_unique<Local>(request_, monitor_);
            has_local_ = local_->next();
        }
        tree_ = std::make_unique<TreeStream>(
            archive_,
            TreeRequest{request_.path, request_.time, request_.ignore_errors, request_.tell_volume},
            monitor_, stop_);
        report_.set = tree_->set();
        known_ = std::make_unique<KnownState>(archive_, tree_->listing().collection, tree_->sets(),
                                              tree_->wanted(), monitor_);
        has_known_ = known_->next();
        monitor_.phase(Phase::verifying);
        while (tree_->next()) {
            verify_object();
            tell_progress();
        }
        finish();
        return report_;
    }

private:
    void finish()
    {
        tell_progress();
        pass_known(std::nullopt);
        pass_local(std::nullopt);
        report_.has_unknown_losses = tree_->has_unknown_losses();
        report_.fetched_bytes = tree_->fetched_bytes();
        if (report_.files == 0 && !report_.has_unknown_losses) {
            throw Error{Error::Kind::not_found,
                        fmt::format("{} is not in the backup of {}", io::printable(request_.path),
                                    spoken_name_of(report_.set)),
                        request_.path, "list-current-files shows what is"}
                .with_detail("not_in_archive", {{"path", request_.path}});
        }
    }

    void tell_progress()
    {
        progress_.files_done = report_.files;
        progress_.bytes_expected = tree_->volume_bytes();
        progress_.bytes_done =
            tree_->volume_bytes() > 0 ? tree_->volume_bytes_done() : report_.bytes;
        progress_.stored_bytes = tree_->fetched_bytes();
        monitor_.progress(progress_);
    }

    [[nodiscard]] std::string key_below_wanted() const
    {
        const auto& wanted = tree_->wanted();
        if (wanted.empty()) {
            return tree_->key();
        }
        return tree_->key().size() == wanted.size() ? std::string{}
                                                    : tree_->key().substr(wanted.size() + 1);
    }

    void damaged(const std::string& key, std::string_view why)
    {
        ++report_.damaged;
        const auto path = io::printable(naming::path_of_key(key));
        monitor_.warn(Error{Error::Kind::corrupt, fmt::format("{} is damaged: {}", path, why), path,
                            "check tells which sets are concerned"}
                          .with_detail("damaged", {{"path", naming::path_of_key(key)}}));
    }

    void differs(const std::string& key, LocalDifference difference)
    {
        ++report_.differences;
        difference.path = naming::path_of_key(key);
        if (request_.tell) {
            request_.tell(difference);
        }
    }

    /// Objects that signatures know and volumes do not have.
    void pass_known(const std::optional<std::string>& until)
    {
        while (has_known_ && (!until || known_->key() < *until)) {
            ++report_.files;
            damaged(known_->key(), "it is in the signatures, but in no volume");
            has_known_ = known_->next();
        }
    }

    void pass_local(const std::optional<std::string>& until)
    {
        while (has_local_ && (!until || local_->entry().key < *until)) {
            ++report_.compared;
            differs(local_->entry().key, {{}, Aspect::is_new});
            has_local_ = local_->next();
        }
    }

    void verify_object()
    {
        ++report_.files;
        pass_known(tree_->key());
        const auto key = key_below_wanted();
        pass_local(key);
        const bool is_known = has_known_ && known_->key() == tree_->key();
        const bool is_local = has_local_ && local_->entry().key == key;
        if (const auto* damage = tree_->damage()) {
            damaged(tree_->key(), damage->what());
        } else {
            prove(key, is_known, is_local);
        }
        if (local_) {
            ++report_.compared;
            if (!is_local && !made_.contains(tree_->key())) {
                differs(key, {{}, Aspect::missing});
            }
        }
        has_known_ = is_known ? known_->next() : has_known_;
        has_local_ = is_local ? local_->next() : has_local_;
    }

    /// The archive by itself, and with the local object, whose content passes at the same time.
    void prove(const std::string& key, bool is_known, bool is_local)
    {
        const auto& header = tree_->header();
        if (is_known) {
            compare_with_known(header);
        } else if (known_->is_complete()) {
            damaged(tree_->key(), "it is not in the signatures");
        }
        std::optional<LocalDifference> difference;
        if (is_local) {
            difference =
                compare_metadata(local_->entry(), header, owners_, archive_.settings.numeric_owner);
        }
        if (header.type == tar::Type::regular) {
            prove_content(is_known, is_local && !difference, difference);
        }
        if (difference) {
            differs(key, std::move(*difference));
        }
    }

    /// Not the time: that of a file that changed while it was read is put off by a second in the
    /// signatures, so that the next set has it again.
    void compare_with_known(const tar::Header& header)
    {
        const auto& known = known_->header();
        if (known.type != header.type || known.mode != header.mode || known.uid != header.uid ||
            known.gid != header.gid || known.link != header.link ||
            known.dev_major != header.dev_major || known.dev_minor != header.dev_minor) {
            damaged(tree_->key(), "its metadata are others than the signatures have");
        }
    }

    void prove_content(bool is_known, bool with_local, std::optional<LocalDifference>& difference)
    {
        Witnesses witnesses;
        NoSink nowhere;
        bool is_proven = false;
        try {
            if (is_known && known_->has_signature()) {
                witnesses.proof.emplace(*known_, archive_.settings.temp_directory);
            }
            if (with_local && request_.compare_data) {
                open_local(witnesses, nowhere);
            }
            if (tree_->may_state_sha256()) {
                witnesses.sha256.emplace(io::Digest::Algorithm::sha256);
            }
            tree_->read_content(witnesses);
            is_proven = witnesses.sha256 && tree_->check_content(witnesses.sha256->hex());
        } catch (const Error& error) {
            if (error.kind() != Error::Kind::corrupt) {
                throw;
            }
            damaged(tree_->key(), error.what());
            return;
        }
        report_.bytes += witnesses.bytes;
        judge(witnesses, is_proven);
        if (witnesses.local) {
            witnesses.local->finish();
            if (!witnesses.local->is_same()) {
                difference = LocalDifference{{}, Aspect::data};
            }
        } else if (with_local && !request_.compare_data &&
                   local_->entry().size != witnesses.bytes) {
            difference = LocalDifference{{},
                                         Aspect::size,
                                         std::to_string(local_->entry().size),
                                         std::to_string(witnesses.bytes)};
        }
    }

    void open_local(Witnesses& witnesses, NoSink& nowhere)
    {
        try {
            witnesses.local.emplace(local_->open(), local_->entry().path,
                                    [&nowhere]() -> io::Sink& { return nowhere; });
        } catch (const Error& error) {
            monitor_.warn(error);
        }
    }

    void judge(Witnesses& witnesses, bool is_proven)
    {
        if (is_proven) {
            ++report_.by_sha256;
        }
        const auto verdict =
            witnesses.proof ? witnesses.proof->verdict() : ContentProof::Verdict::unknown;
        if (verdict == ContentProof::Verdict::different) {
            damaged(tree_->key(), "its content is another than its signature says");
        } else if (!is_proven) {
            ++(verdict == ContentProof::Verdict::same ? report_.by_signature : report_.by_volume);
        }
    }

    Archive& archive_;
    const VerifyRequest& request_;
    Monitor& monitor_;
    std::stop_token stop_;
    MadePlaces made_;
    std::unique_ptr<Local> local_;
    std::unique_ptr<TreeStream> tree_;
    std::unique_ptr<KnownState> known_;
    bool has_local_ = false;
    bool has_known_ = false;
    Owners owners_;
    Progress progress_;
    VerifyReport report_;
};

}  // namespace

std::string_view name_of(Aspect aspect) noexcept
{
    switch (aspect) {
    case Aspect::is_new:
        return "new";
    case Aspect::missing:
        return "missing";
    case Aspect::type:
        return "type";
    case Aspect::permissions:
        return "permissions";
    case Aspect::mtime:
        return "mtime";
    case Aspect::size:
        return "size";
    case Aspect::data:
        return "data";
    case Aspect::link:
        return "link";
    case Aspect::device:
        return "device";
    }
    return "data";
}

VerifyReport verify(Archive& archive, const VerifyRequest& request, Monitor& monitor,
                    std::stop_token stop)
{
    return VerifyRun{archive, request, monitor, std::move(stop)}.run();
}

}  // namespace duplid::operation
