#include "engine/codec/proven_file.hpp"

#include "engine/codec/gpg_command.hpp"
#include "engine/codec/gpg_errors.hpp"
#include "engine/codec/gpg_process.hpp"
#include "engine/codec/packet.hpp"
#include "storage/io/error.hpp"
#include "storage/io/sink.hpp"

#include <utility>

namespace duplid::codec {

namespace {

class NoSink final : public io::Sink {
public:
    void write(io::ByteView) override {}
};

// The inner packets of a message, while gpg decrypts it.
class PacketPipe final : public io::Source {
public:
    PacketPipe(const io::Fd& file, const OpenPgpSettings& settings)
        : settings_{settings}, gpg_{decrypting_command(settings, true), file}
    {
    }

    std::size_t read(io::ByteSpan into) override
    {
        if (ended_) {
            return 0;
        }
        const auto got = gpg_.read(into);
        if (got == 0) {
            ended_ = true;
            NoSink nothing;
            gpg_.finish(nothing);
            check_decryption(gpg_, settings_);
        }
        return got;
    }

private:
    OpenPgpSettings settings_;
    GpgProcess gpg_;
    bool ended_ = false;
};

// The content of packets that come out of gpg.
class PipedContent final : public io::Source {
public:
    PipedContent(const io::Fd& file, std::string name, const OpenPgpSettings& settings)
        : name_{std::move(name)}, packets_{file, settings}
    {
    }

    // False when only gpg can read these packets.
    bool open(Engine engine)
    {
        try {
            content_ = PacketSource::open(packets_, engine);
        } catch (const Error& error) {
            // They may be text, with `armor` in gpg.conf: open_encrypted() finds out.
            if (error.kind() != Error::Kind::corrupt) {
                throw with_name(error);
            }
        }
        return content_ != nullptr;
    }

    std::size_t read(io::ByteSpan into) override
    {
        try {
            return content_->read(into);
        } catch (const Error& error) {
            throw with_name(error);
        }
    }

private:
    [[nodiscard]] Error with_name(const Error& error) const
    {
        return Error{error.kind(), name_ + ": " + error.what(), name_, error.hint()}
            .with_detail(error.detail())
            .with_facts(error.facts());
    }

    std::string name_;
    PacketPipe packets_;
    std::unique_ptr<PacketSource> content_;
};

}  // namespace

std::unique_ptr<io::Source> open_proven(io::Fd file, const std::string& name,
                                        const OpenPgpSettings& settings,
                                        const std::string& temp_directory, DecryptReport& report,
                                        Engine engine)
{
    // Signatures are checked by gpg alone, and at the end.
    if (settings.sign_key.empty()) {
        report = {};
        auto content = std::make_unique<PipedContent>(file, name, settings);
        if (content->open(engine)) {
            return content;
        }
    }
    return open_encrypted(file.get(), name, settings, temp_directory, report, engine);
}

}  // namespace duplid::codec
