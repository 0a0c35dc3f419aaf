#include "engine/operation/state/signature_pass.hpp"

#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/byte_pipe.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/io/error.hpp"

#include <exception>
#include <future>

namespace duplid::operation {

namespace {

/// Hands on a copy of what is read, so that one pass serves two readers.
class Tee final : public io::Source {
public:
    Tee(io::Source& source, io::Sink& copy) : source_{source}, copy_{copy} {}
    std::size_t read(io::ByteSpan into) override
    {
        const auto got = source_.read(into);
        copy_.write(into.first(got));
        return got;
    }

private:
    io::Source& source_;
    io::Sink& copy_;
};

/// Stages entries one by one.
class Stager {
public:
    Stager(Archive& archive, cache::Catalog& catalog, bool full)
        : archive_{archive}, catalog_{catalog}, full_{full}
    {
    }

    void stage(const volume::Member& member, const tar::Header& header, const tar::Reader& content)
    {
        if (member.kind == volume::MemberKind::deleted) {
            if (!full_ && !member.key.empty()) {
                catalog_.stage_delete(member.key);
            }
            return;
        }
        put_row(header, member.key, owners_, archive_.settings.numeric_owner, row_);
        if (member.kind == volume::MemberKind::signature) {
            row_.sig_set = catalog_.run_position();
            row_.sig_offset = content.data_offset();
            row_.sig_bytes = header.size;
        }
        catalog_.stage_put(row_);
    }

private:
    Archive& archive_;
    cache::Catalog& catalog_;
    bool full_;
    Owners owners_;
    cache::StateRow row_;
};

/// What the catalog and the listener have to do about a set, for both together.
class Keeping {
public:
    Keeping(Archive& archive, const naming::SetId& set, const PassFor& who)
        : archive_{archive}, set_{set}, who_{who}
    {
    }

    void begin()
    {
        if (who_.catalog != nullptr) {
            who_.catalog->begin_run(set_.full);
            stager_.emplace(archive_, *who_.catalog, set_.full);
        }
        if (who_.listener != nullptr) {
            who_.listener->begin();
        }
    }

    void take(const volume::Member& member, const tar::Header& header, tar::Reader& content)
    {
        if (stager_) {
            stager_->stage(member, header, content);
        }
        if (who_.listener != nullptr) {
            who_.listener->entry(member, header, content);
        }
    }

    void commit(const std::vector<cache::SigChunk>& chunks)
    {
        // The listener first: the catalog's having the set is what says that all is done.
        if (who_.listener != nullptr) {
            who_.listener->commit();
        }
        if (who_.catalog != nullptr) {
            who_.catalog->commit_run(applied_set_of(archive_, set_), chunks);
        }
    }

    void abandon() noexcept
    {
        if (who_.catalog != nullptr) {
            who_.catalog->abandon_run();
        }
        if (who_.listener != nullptr) {
            who_.listener->abandon();
        }
    }

private:
    Archive& archive_;
    const naming::SetId& set_;
    const PassFor& who_;
    std::optional<Stager> stager_;
};

}  // namespace

void read_signatures(io::Source& raw, const SignatureListener& take, const std::stop_token& stop)
{
    tar::Reader reader{raw};
    tar::Header header;
    while (reader.next(header)) {
        if (stop.stop_requested()) {
            throw Error{Error::Kind::cancelled, "reading signatures was stopped on request"};
        }
        take(volume::member_of(header), header, reader);
    }
    // The end of what is encrypted or compressed is checked only when it is reached.
    io::Bytes rest(std::size_t{64} << 10U);
    while (raw.read(rest) > 0) {
    }
}

void stage_signatures(Archive& archive, cache::Catalog& catalog, io::Source& raw, bool full,
                      const SignatureListener& listener, const std::stop_token& stop)
{
    Stager stager{archive, catalog, full};
    read_signatures(
        raw,
        [&](const volume::Member& member, const tar::Header& header, tar::Reader& content) {
            stager.stage(member, header, content);
            if (listener) {
                listener(member, header, content);
            }
        },
        stop);
}

std::vector<cache::SigChunk> pass_signatures(Archive& archive, const naming::SetId& set,
                                             io::Source& raw, const PassFor& who,
                                             const std::stop_token& stop)
{
    const auto path = archive.directory.path_of(cached_signatures_name(archive, set));
    BytePipe pipe;
    auto packing = std::async(std::launch::async, [&] {
        try {
            auto packed =
                pack_sigtar(pipe.source(), path, archive.pool, static_cast<std::uint32_t>(set.end));
            packed.file.publish(path);
            return packed.chunks;
        } catch (...) {
            pipe.fail(std::current_exception());
            throw;
        }
    });
    Keeping keeping{archive, set, who};
    try {
        keeping.begin();
        Tee tee{raw, pipe};
        read_signatures(
            tee,
            [&](const volume::Member& member, const tar::Header& header, tar::Reader& content) {
                keeping.take(member, header, content);
            },
            stop);
        pipe.finish();
        auto chunks = packing.get();
        keeping.commit(chunks);
        return chunks;
    } catch (...) {
        pipe.fail(std::current_exception());
        keeping.abandon();
        throw;
    }
}

}  // namespace duplid::operation
