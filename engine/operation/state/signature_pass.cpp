#include "engine/operation/state/signature_pass.hpp"

#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/byte_pipe.hpp"
#include "engine/operation/archive/row_pipe.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/io/error.hpp"

#include <cstdint>
#include <exception>
#include <future>
#include <optional>

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

/// What an entry says to the catalog.
struct Staged {
    bool is_removal = false;  ///< then the row has nothing but its key
    cache::StateRow row;
};

void stage(cache::Catalog& catalog, const Staged& staged)
{
    if (staged.is_removal) {
        catalog.stage_delete(staged.row.key);
    } else {
        catalog.stage_put(staged.row);
    }
}

class StagedMaker {
public:
    /// `position` is that of the set in its chain.
    StagedMaker(const Archive& archive, std::int32_t position, bool full)
        : archive_{archive}, position_{position}, full_{full}
    {
    }

    /// False: the entry says nothing.
    bool make(const volume::Member& member, const tar::Header& header, const tar::Reader& content,
              Staged& staged)
    {
        staged.is_removal = member.kind == volume::MemberKind::deleted;
        if (staged.is_removal) {
            staged.row.key = member.key;
            return !full_ && !member.key.empty();
        }
        put_row(header, member.key, owners_, archive_.settings.numeric_owner, staged.row);
        if (member.kind == volume::MemberKind::signature) {
            staged.row.sig_set = position_;
            staged.row.sig_offset = content.data_offset();
            staged.row.sig_bytes = header.size;
        }
        return true;
    }

private:
    const Archive& archive_;
    std::int32_t position_;
    bool full_;
    Owners owners_;
};

/// What the catalog and the listener have to do about a set, for both together. Rows are staged on
/// a thread of their own.
class Keeping {
public:
    Keeping(Archive& archive, const naming::SetId& set, const PassFor& who)
        : archive_{archive}, set_{set}, who_{who}
    {
    }

    void begin()
    {
        if (auto* catalog = who_.catalog) {
            catalog->begin_run(set_.full);
            maker_.emplace(archive_, catalog->run_position(), set_.full);
            rows_.emplace([catalog](const Staged& staged) { stage(*catalog, staged); });
        }
        if (who_.listener != nullptr) {
            who_.listener->begin();
        }
    }

    void take(const volume::Member& member, const tar::Header& header, tar::Reader& content)
    {
        if (rows_ && maker_->make(member, header, content, rows_->row())) {
            rows_->send();
        }
        if (who_.listener != nullptr) {
            who_.listener->entry(member, header, content);
        }
    }

    /// There are no more entries.
    void end()
    {
        if (rows_) {
            rows_->finish();
            rows_.reset();
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
        rows_.reset();
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
    std::optional<StagedMaker> maker_;
    std::optional<RowPipe<Staged>> rows_;  ///< on their way to the catalog
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
    StagedMaker maker{archive, catalog.run_position(), full};
    Staged staged;
    read_signatures(
        raw,
        [&](const volume::Member& member, const tar::Header& header, tar::Reader& content) {
            if (maker.make(member, header, content, staged)) {
                stage(catalog, staged);
            }
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
        keeping.end();
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
