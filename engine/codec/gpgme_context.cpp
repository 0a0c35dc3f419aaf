#include "engine/codec/gpgme_context.hpp"

#include "engine/codec/gpg_command.hpp"
#include "engine/codec/gpg_exec.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
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

void require(gpgme_error_t code, const char* doing)
{
    if (code != 0) {
        throw gpg_failure(Error::Kind::internal, doing, code);
    }
}

}  // namespace

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
    prepare_home(settings_);
    auto program = find_gpg(settings_);
    if (!settings_.gpg_options.empty()) {
        program = wrapped_program(program);
    }
    const auto code =
        gpgme_ctx_set_engine_info(get(), GPGME_PROTOCOL_OpenPGP, program.c_str(),
                                  settings_.home.empty() ? nullptr : settings_.home.c_str());
    const auto refuse = [&](const char* what) {
        return settings_.gpg_options.empty()
                   ? Error{Error::Kind::unreachable, what, program, hint_check_gpg}
                   : Error{Error::Kind::invalid, "gpg does not accept the options given for it",
                           settings_.gpg_options.front(), "check --gpg-options"};
    };
    if (code != 0) {
        throw refuse("gpg does not work");
    }
    // It has asked the program for its version meanwhile, but keeps the answer to itself.
    for (const auto* engine = gpgme_ctx_get_engine_info(get()); engine != nullptr;
         engine = engine->next) {
        if (engine->protocol == GPGME_PROTOCOL_OpenPGP && engine->version == nullptr) {
            throw refuse("this program is no gpg");
        }
    }
}

// gpgme cannot pass options on. It runs a name of ours instead, a link to a program that finds them
// beside that name: gpg_exec.cpp.
std::string Context::wrapped_program(const std::string& program)
{
    if (settings_.gpg_exec.empty() || ::access(settings_.gpg_exec.c_str(), X_OK) != 0) {
        throw Error{Error::Kind::unreachable,
                    "the program that passes options on to gpg is missing",
                    settings_.gpg_exec.empty() ? "gpg-exec" : settings_.gpg_exec,
                    "install duplid again, or leave out --gpg-options"};
    }
    wrapper_.emplace();
    std::string words = program + '\0';
    for (const auto& option : settings_.gpg_options) {
        words += option + '\0';
    }
    const auto file =
        io::open_file(wrapper_->path() + "/" + gpg_exec_words, O_WRONLY | O_CREAT | O_EXCL, 0600);
    io::write_full(file.get(), io::view_of(words), "the options for gpg");
    auto name = wrapper_->path() + "/gpg";
    if (::symlink(settings_.gpg_exec.c_str(), name.c_str()) != 0) {
        throw system_error(errno, "making the link", name);
    }
    return name;
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

unsigned Context::on_status(void* self, const char* keyword, const char* arguments) noexcept
{
    auto& context = *static_cast<Context*>(self);
    try {
        context.status_.take(keyword == nullptr ? "" : keyword,
                             arguments == nullptr ? "" : arguments);
        return 0;
    } catch (...) {
        context.error_ = std::current_exception();
        return gpgme_error(GPG_ERR_CANCELED);
    }
}

GpgEnd Context::end(unsigned code)
{
    said_at_end_ = status_.said();
    auto& codes = said_at_end_.codes;
    if (secret_trouble_ == SecretTrouble::wrong) {
        codes.push_back(GPG_ERR_BAD_PASSPHRASE);
    } else if (secret_trouble_ == SecretTrouble::missing) {
        codes.push_back(GPG_ERR_NO_PASSPHRASE);
    }
    std::array<char, 256> text{};
    if (code != 0) {
        codes.push_back(gpgme_err_code(code));
        gpgme_strerror_r(code, text.data(), text.size());
    }
    return {.said = said_at_end_,
            .had_secret = secret_trouble_ != SecretTrouble::missing,
            .uses_agent = settings_.use_agent,
            .was_killed = false,
            .last_words = text.data()};
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
    const auto& secret =
        is_signing_ && is_for_key ? settings_.secret_to_sign() : settings_.passphrase;
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
