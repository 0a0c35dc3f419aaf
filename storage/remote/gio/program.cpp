#include "storage/remote/gio/program.hpp"

#include "storage/io/source.hpp"
#include "storage/remote/gio/dialog.hpp"
#include "storage/remote/gio/words.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <unistd.h>

namespace duplid::gio {

namespace {

constexpr std::array<std::string_view, 15> passed_variables{"DBUS_SESSION_BUS_ADDRESS",
                                                            "DISPLAY",
                                                            "GIO_EXTRA_MODULES",
                                                            "HOME",
                                                            "KRB5CCNAME",
                                                            "KRB5_CONFIG",
                                                            "LOGNAME",
                                                            "PATH",
                                                            "TMPDIR",
                                                            "USER",
                                                            "WAYLAND_DISPLAY",
                                                            "XDG_CACHE_HOME",
                                                            "XDG_CONFIG_HOME",
                                                            "XDG_DATA_HOME",
                                                            "XDG_RUNTIME_DIR"};

constexpr std::size_t piece_bytes = std::size_t{64} << 10U;

/// Where GLib looks for it (GDBusConnection's own rule for session buses).
bool has_session_bus(const remote::Variables& variables)
{
    if (!variables.text("DBUS_SESSION_BUS_ADDRESS").empty()) {
        return true;
    }
    const auto runtime = variables.text("XDG_RUNTIME_DIR");
    return !runtime.empty() && ::access((runtime + "/bus").c_str(), F_OK) == 0;
}

Error refusal(const Dialog& dialog, const std::string& description)
{
    std::string why;
    std::string hint;
    switch (dialog.trouble()) {
    case Dialog::Trouble::wrong_password:
        why = "the password is not accepted";
        break;
    case Dialog::Trouble::question:
        why = "GVfs asks what nobody can answer here";
        hint = "open the place once in a file manager, or with `gio mount`, and decide there";
        break;
    default:
        why = "a password is asked for";
        hint = "give it in FTP_PASSWORD, or mount the place before";
        break;
    }
    const auto said = dialog.said();
    return Error{Error::Kind::denied,
                 fmt::format("mounting {}: {}{}", description, why,
                             said.empty() ? "" : " (\"" + said + "\")"),
                 description, hint};
}

}  // namespace

Program::Program(const Location& location, const remote::RemoteOptions& options)
    : options_{options}, uri_{location.uri}, user_{location.user.value_or("")},
      knows_user_{location.user.has_value()}, password_{location.password.is_set()
                                                            ? location.password
                                                            : options.variables.secret(
                                                                  "FTP_PASSWORD")},
      description_{"gio+" + location.uri}
{
    if (!has_session_bus(options_.variables)) {
        throw Error{Error::Kind::unreachable,
                    fmt::format("{} is reached through the session bus, and there is none: neither "
                                "DBUS_SESSION_BUS_ADDRESS nor $XDG_RUNTIME_DIR/bus leads to one",
                                description_),
                    description_, "run the command in a session, or behind `dbus-run-session --`"};
    }
    const auto password = password_.reveal();
    if (password.size() > password_bytes_max || password.find('\n') != std::string_view::npos) {
        throw Error{Error::Kind::invalid,
                    fmt::format("{}: gio takes passwords of one line and {} bytes only",
                                description_, password_bytes_max),
                    description_, "mount the place before"};
    }
}

command::Command Program::command(std::vector<std::string> words) const
{
    command::Command command;
    command.words = {"gio"};
    command.words.insert(command.words.end(), std::make_move_iterator(words.begin()),
                         std::make_move_iterator(words.end()));
    command.environment = options_.variables.only(passed_variables);
    // English, and no letter of a name lost.
    command.environment.emplace_back("LC_ALL=C.UTF-8");
    command.path = options_.variables.text("PATH");
    command.stop = options_.stop;
    return command;
}

// The program is silent while a server thinks, and mounts have limits of their own: some 40 s for
// SFTP, half an hour at most.
std::chrono::milliseconds Program::patience() const
{
    return std::max(options_.timeout, std::chrono::seconds{1}) * 10;
}

command::Finished Program::run(std::vector<std::string> words, io::Sink* into) const
{
    return command::run(command(std::move(words)), patience(), {}, into);
}

command::Finished Program::feed(std::vector<std::string> words, io::Source& source) const
{
    command::Child child{command(std::move(words))};
    io::Bytes buffer(piece_bytes);
    while (const auto got = source.read(buffer)) {
        if (options_.limits) {
            options_.limits->up.take(got, options_.stop);
        }
        if (!child.write(io::ByteView{buffer}.first(got), patience())) {
            break;  // it has ended, and says why
        }
    }
    child.close_input();
    const auto status = child.wait(patience());
    return {.status = status, .output = {}, .errors = child.error_text()};
}

command::Finished Program::mount() const
{
    auto mounted = mount(uri_);
    // What an HTTP server says is not translated.
    for (auto above = parent_of(uri_);
         above && mounted.status != 0 &&
         meaning_of(complaint_in(mounted.errors)).kind == Error::Kind::not_found;
         above = parent_of(*above)) {
        mounted = mount(*above);
    }
    return mounted;
}

command::Finished Program::mount(const std::string& uri) const
{
    std::vector<std::string> words{"mount"};
    if (!knows_user_ && !password_.is_set()) {
        words.emplace_back("--anonymous");
    }
    words.push_back(uri);
    command::Child child{command(std::move(words))};
    Dialog dialog{knows_user_, password_.is_set()};
    const auto tell = [&](std::string_view line) {
        child.write(io::view_of(line), patience());
        child.write(io::view_of("\n"), patience());
    };
    io::Bytes buffer(piece_bytes);
    while (const auto got = child.read(buffer, patience())) {
        switch (dialog.hear(io::text_of(io::ByteView{buffer}.first(got)))) {
        case Dialog::Reply::nothing:
            break;
        case Dialog::Reply::blank:
            tell("");
            break;
        case Dialog::Reply::user:
            tell(user_);
            break;
        case Dialog::Reply::password:
            tell(password_.reveal());
            break;
        case Dialog::Reply::hang_up:
            child.close_input();
            break;
        }
    }
    const auto status = child.wait(patience());
    if (status != 0 && dialog.trouble() != Dialog::Trouble::none) {
        throw refusal(dialog, description_);
    }
    return {.status = status, .output = {}, .errors = child.error_text()};
}

Error Program::failure(const command::Finished& finished, std::string_view doing,
                       const std::string& object) const
{
    const auto complaint = complaint_in(finished.errors);
    const auto meaning = meaning_of(complaint);
    return Error{meaning.kind, fmt::format("{} at {}: {} (gio)", doing, description_, complaint),
                 object, std::string{meaning.hint}};
}

}  // namespace duplid::gio
