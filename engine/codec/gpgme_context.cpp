#include "engine/codec/gpgme_context.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <gpgme.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace duplid::codec {

namespace {

// gpgme's default of 4 KiB costs a call and a copy each; beyond 64 KiB its copies grow quadratic
// (performance.md 3, "Encryption").
constexpr const char* buffer_bytes = "65536";

// gpgme wants this called once before anything else, and before threads. A local static is both:
// the first caller runs it, any other waits.
void initialise_gpgme()
{
    static const bool done = [] {
        // Also makes the process ignore SIGPIPE if nobody has decided on that yet.
        gpgme_check_version(nullptr);
        return true;
    }();
    (void)done;
}

// gpgme executes exactly what it is given, so a bare name has to be found first.
std::string find_program(const std::string& name)
{
    if (name.find('/') != std::string::npos) {
        if (::access(name.c_str(), X_OK) != 0) {
            throw system_error(errno, "looking for gpg at", name);
        }
        return name;
    }
    const char* value = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): never set here
    std::string_view path = value == nullptr ? "/usr/local/bin:/usr/bin:/bin" : value;
    while (!path.empty()) {
        const auto colon = std::min(path.find(':'), path.size());
        const auto candidate = std::string{path.substr(0, colon)} + "/" + name;
        if (colon > 0 && ::access(candidate.c_str(), X_OK) == 0) {
            return candidate;
        }
        path.remove_prefix(std::min(colon + 1, path.size()));
    }
    throw Error{Error::Kind::not_found, "no such program in PATH", name,
                "check the setting gpg-binary"};
}

void require(gpgme_error_t code, const char* doing)
{
    if (code != 0) {
        throw gpg_failure(Error::Kind::internal, doing, code);
    }
}

}  // namespace

Error gpg_failure(Error::Kind kind, const std::string& doing, unsigned code, std::string object,
                  std::string hint)
{
    std::array<char, 256> text{};
    gpgme_strerror_r(code, text.data(), text.size());
    return Error{kind, doing + ": gpg: " + text.data(), std::move(object), std::move(hint)};
}

void KeyRelease::operator()(_gpgme_key* key) const noexcept
{
    gpgme_key_unref(key);
}

void Context::Release::operator()(gpgme_context* context) const noexcept
{
    gpgme_release(context);
}

Context::Context(const OpenPgpSettings& settings) : settings_{settings}
{
    if (!settings.gpg_options.empty()) {
        throw Error{Error::Kind::invalid, "options for gpg cannot be passed on",
                    settings.gpg_options.front(), "set them in gpg.conf of the GnuPG home"};
    }
    initialise_gpgme();

    gpgme_ctx_t context = nullptr;
    require(gpgme_new(&context), "preparing gpg");
    context_.reset(context);
    loop_ = std::make_unique<GpgmeLoop>(context);
    require(gpgme_set_protocol(context, GPGME_PROTOCOL_OpenPGP), "preparing gpg");
    gpgme_set_armor(context, 0);
    gpgme_set_textmode(context, 0);

    require(gpgme_set_ctx_flag(context, "full-status", "1"), "preparing gpg");
    gpgme_set_status_cb(context, &Context::on_status, this);
    choose_engine();
    choose_passphrase_source();
}

void Context::choose_engine()
{
    if (settings_.gpg_binary.empty() && settings_.home.empty()) {
        return;
    }
    // gpg would only say that it failed.
    if (!settings_.home.empty() && ::access(settings_.home.c_str(), X_OK) != 0) {
        throw system_error(errno, "opening the GnuPG home", settings_.home);
    }
    const auto binary =
        settings_.gpg_binary.empty() ? std::string{} : find_program(settings_.gpg_binary);
    const auto code = gpgme_ctx_set_engine_info(
        get(), GPGME_PROTOCOL_OpenPGP, binary.empty() ? nullptr : binary.c_str(),
        settings_.home.empty() ? nullptr : settings_.home.c_str());
    if (code != 0) {
        throw gpg_failure(Error::Kind::unreachable, "preparing gpg", code, binary, hint_check_gpg);
    }
    // It has asked the program for its version meanwhile, but keeps the answer to itself.
    for (const auto* engine = gpgme_ctx_get_engine_info(get()); engine != nullptr;
         engine = engine->next) {
        if (engine->protocol == GPGME_PROTOCOL_OpenPGP && engine->version == nullptr) {
            throw Error{Error::Kind::unreachable, "this program is no gpg", engine->file_name,
                        hint_check_gpg};
        }
    }
}

void Context::choose_passphrase_source()
{
    if (settings_.use_agent) {
        return;
    }
    require(gpgme_set_pinentry_mode(get(), GPGME_PINENTRY_MODE_LOOPBACK), "preparing gpg");
    gpgme_set_passphrase_cb(get(), &Context::on_passphrase, this);
    // Else the agent remembers the passphrase of a symmetric message, and a wrong one given later
    // would pass for right.
    require(gpgme_set_ctx_flag(get(), "no-symkey-cache", "1"), "preparing gpg");
}

// The keywords are those of GnuPG's doc/DETAILS.
unsigned Context::on_status(void* self, const char* keyword, const char* arguments) noexcept
{
    auto& said = static_cast<Context*>(self)->said_;
    const std::string_view word = keyword == nullptr ? "" : keyword;
    const std::string_view rest = arguments == nullptr ? "" : arguments;
    if (word == "END_ENCRYPTION") {
        said.encryption_ended = true;
    } else if (word == "DECRYPTION_OKAY") {
        said.decryption_okay = true;
    } else if (word == "GOODMDC") {
        said.is_authentic = true;
    } else if (word == "DECRYPTION_INFO") {
        // mdc method, cipher, AEAD mode; the last is 0 for none and unknown to older versions.
        const auto last = rest.rfind(' ');
        const bool has_three = std::count(rest.begin(), rest.end(), ' ') == 2;
        said.is_authentic = has_three && rest.substr(last + 1) != "0";
    } else if (word == "END_DECRYPTION") {
        said.decryption_ended = true;
    }
    return 0;
}

Key Context::find_signing_key(const std::string& id) const
{
    gpgme_key_t key = nullptr;
    const auto code = gpgme_get_key(get(), id.c_str(), &key, 1);
    if (code == 0) {
        return Key{key};
    }
    switch (gpgme_err_code(code)) {
    case GPG_ERR_EOF:
    case GPG_ERR_NO_SECKEY:
        throw Error{Error::Kind::not_found, "no secret key to sign with", id,
                    "check the sign key with: gpg --list-secret-keys"};
    case GPG_ERR_AMBIGUOUS_NAME:
        throw Error{Error::Kind::invalid, "more than one secret key has this id", id,
                    "name the sign key by its full fingerprint"};
    case GPG_ERR_INV_VALUE:
        throw Error{Error::Kind::invalid, "not a key id", id,
                    "name the sign key by its fingerprint"};
    default:
        throw gpg_failure(Error::Kind::unreachable, "looking for the sign key", code, id);
    }
}

std::string Context::primary_fingerprint_of(const std::string& fingerprint) const
{
    gpgme_key_t found = nullptr;
    if (gpgme_get_key(get(), fingerprint.c_str(), &found, 0) != 0) {
        return {};
    }
    const Key key{found};
    return key->fpr == nullptr ? std::string{} : std::string{key->fpr};
}

unsigned Context::on_passphrase(void* self, const char*, const char* about, int last_was_bad,
                                int fd) noexcept
{
    auto& context = *static_cast<Context*>(self);
    try {
        return context.give_passphrase(about == nullptr ? "" : about, last_was_bad != 0, fd);
    } catch (...) {
        context.error_ = std::current_exception();
        return gpgme_error(GPG_ERR_CANCELED);
    }
}

unsigned Context::give_passphrase(const char* about, bool last_was_bad, int fd)
{
    if (last_was_bad) {
        secret_trouble_ = SecretTrouble::wrong;
        return gpgme_error(GPG_ERR_BAD_PASSPHRASE);
    }
    // NEED_PASSPHRASE begins with a key id of 16 digits, NEED_PASSPHRASE_SYM with the small number
    // of a cipher (GnuPG's doc/DETAILS).
    const std::string_view first_word{
        about, std::min(std::string_view{about}.find(' '), std::string_view{about}.size())};
    const bool is_for_key = first_word.size() >= 8;
    const auto& secret = is_signing_ && is_for_key && settings_.sign_passphrase.is_set()
                             ? settings_.sign_passphrase
                             : settings_.passphrase;
    if (!secret.is_set()) {
        secret_trouble_ = SecretTrouble::missing;
        return gpgme_error(GPG_ERR_NO_PASSPHRASE);
    }
    const auto text = secret.reveal().substr(0, secret.reveal().find('\n'));
    if (gpgme_io_writen(fd, text.data(), text.size()) != 0 || gpgme_io_writen(fd, "\n", 1) != 0) {
        return gpgme_error_from_errno(errno);
    }
    return 0;
}

void Context::rethrow_if_failed()
{
    if (error_) {
        std::rethrow_exception(std::exchange(error_, nullptr));
    }
}

void Data::Release::operator()(gpgme_data* data) const noexcept
{
    gpgme_data_release(data);
}

Data::Data(io::Source& source) : source_{&source}
{
    create();
}

Data::Data(io::Sink& sink) : sink_{&sink}
{
    create();
}

void Data::create()
{
    // gpgme keeps the address of this table, not a copy.
    static gpgme_data_cbs callbacks{&Data::on_read, &Data::on_write, nullptr, nullptr};
    gpgme_data_t data = nullptr;
    require(gpgme_data_new_from_cbs(&data, &callbacks, this), "preparing gpg");
    data_.reset(data);
    require(gpgme_data_set_flag(data, "io-buffer-size", buffer_bytes), "preparing gpg");
}

long Data::on_read(void* self, void* into, std::size_t bytes) noexcept
{
    auto& data = *static_cast<Data*>(self);
    if (data.source_ == nullptr) {
        errno = EBADF;
        return -1;
    }
    try {
        return static_cast<long>(
            data.source_->read(io::ByteSpan{static_cast<std::byte*>(into), bytes}));
    } catch (...) {
        data.error_ = std::current_exception();
        errno = ECANCELED;
        return -1;
    }
}

long Data::on_write(void* self, const void* from, std::size_t bytes) noexcept
{
    auto& data = *static_cast<Data*>(self);
    if (data.sink_ == nullptr) {
        errno = EBADF;
        return -1;
    }
    try {
        data.sink_->write(io::ByteView{static_cast<const std::byte*>(from), bytes});
        return static_cast<long>(bytes);
    } catch (...) {
        data.error_ = std::current_exception();
        errno = ECANCELED;
        return -1;
    }
}

void Data::rethrow_if_failed()
{
    if (error_) {
        std::rethrow_exception(std::exchange(error_, nullptr));
    }
}

}  // namespace duplid::codec
