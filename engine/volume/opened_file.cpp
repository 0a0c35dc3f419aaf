#include "engine/volume/opened_file.hpp"

#include "engine/codec/inflate.hpp"
#include "engine/codec/proven_file.hpp"
#include "engine/volume/proven_file.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <limits>
#include <utility>

namespace duplid::volume {

namespace {

constexpr std::size_t hash_step_bytes = std::size_t{256} << 10U;

/// A gzip file and the descriptor it is read from, as one.
class GzipFile final : public io::Source {
public:
    GzipFile(io::Fd file, std::string name)
        : name_{name}, file_{std::move(file), std::move(name)}, inflated_{file_}
    {
    }

    std::size_t read(io::ByteSpan into) override
    {
        try {
            return inflated_.read(into);
        } catch (const Error& error) {
            if (error.object().empty()) {
                throw Error{error.kind(), name_ + ": " + error.what(), name_, error.hint()}
                    .with_detail(error.detail(), error.facts());
            }
            throw;
        }
    }

private:
    std::string name_;
    io::FileSource file_;
    codec::GunzipSource inflated_;
};

/// Plain and gzip files; null for an encrypted one.
std::unique_ptr<io::Source> open_unencrypted(io::Fd& file, const std::string& name, Packing packing)
{
    switch (packing) {
    case Packing::plain:
        return std::make_unique<io::FileSource>(std::move(file), name);
    case Packing::gzip:
        return std::make_unique<GzipFile>(std::move(file), name);
    case Packing::gpg:
        break;
    }
    return nullptr;
}

const codec::OpenPgpSettings& encryption_of(const OpenOptions& options, const std::string& name)
{
    if (options.encryption == nullptr) {
        throw Error{Error::Kind::wrong_secret, name + " is encrypted", name,
                    "give the passphrase or key that this archive was made with"};
    }
    return *options.encryption;
}

void check_signer(const codec::DecryptReport& report, const std::string& signer,
                  const std::string& name)
{
    if (!signer.empty() && !codec::is_signed_by(report, signer)) {
        throw Error{Error::Kind::denied,
                    name + (report.is_signed
                                ? " was signed by " + report.signers.front() + ", not by " + signer
                                : " is not signed, and should be by " + signer),
                    name, "read it without --sign-key to accept any signer, or none"}
            .with_detail("wrong_signer",
                         {{"signer", report.good_signers.empty() ? std::string{}
                                                                 : report.good_signers.front()},
                          {"wanted", signer}});
    }
}

}  // namespace

std::unique_ptr<io::Source> open_file(io::Fd file, const std::string& name, Packing packing,
                                      const OpenOptions& options)
{
    if (auto content = open_unencrypted(file, name, packing)) {
        return content;
    }
    const auto& encryption = encryption_of(options, name);
    codec::DecryptReport report;
    auto content =
        codec::open_encrypted(file.get(), name, encryption, options.temp_directory, report);
    check_signer(report, encryption.sign_key, name);
    return content;
}

std::unique_ptr<io::Source> open_proven_file(io::Fd file, const std::string& name, Packing packing,
                                             const OpenOptions& options)
{
    if (auto content = open_unencrypted(file, name, packing)) {
        return content;
    }
    const auto& encryption = encryption_of(options, name);
    codec::DecryptReport report;
    auto content =
        codec::open_proven(std::move(file), name, encryption, options.temp_directory, report);
    check_signer(report, encryption.sign_key, name);
    return content;
}

std::string sha1_of(int fd, const std::string& name)
{
    io::Digest digest{io::Digest::Algorithm::sha1};
    io::Bytes buffer(hash_step_bytes);
    for (std::uint64_t at = 0;;) {
        const auto got = io::pread_full(fd, buffer, at, name);
        digest.add(io::ByteView{buffer}.first(got));
        at += got;
        if (got < buffer.size()) {
            return digest.hex();
        }
    }
}

}  // namespace duplid::volume
