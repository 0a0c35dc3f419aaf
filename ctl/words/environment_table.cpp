// The tables of what surrounds a command: exit statuses, and the variables that it reads.
#include "ctl/words/option_table.hpp"

#include <array>

namespace duplid::ctl {

namespace {

constexpr std::array exit_table{
    ExitText{0, "Success."},
    ExitText{1, "Failed."},
    ExitText{2, "The command line, or a file given with it, makes no sense."},
    ExitText{3, "Completed with warnings: something could not be read, stored or restored."},
    ExitText{10, "The archive, the backup, the path or the run was not found."},
    ExitText{11, "Somebody else is at work on the archive."},
    ExitText{12, "A passphrase or key is wrong or missing."},
    ExitText{13, "Rights or credentials do not suffice."},
    ExitText{14, "The target or the daemon cannot be reached."},
    ExitText{15, "Something in the archive is damaged."},
    ExitText{130, "Stopped by an interrupt (143 by SIGTERM). A backup can be continued."},
};

constexpr std::array variable_table{
    VariableText{"PASSPHRASE",
                 "Passphrase of the archive, or of the secret key that opens it. May be empty."},
    VariableText{"SIGN_PASSPHRASE", "Passphrase of the signing key, if another than PASSPHRASE."},
    VariableText{"SOURCE_PASSPHRASE",
                 "Passphrase of the archive that \"replicate\" copies, if another than "
                 "PASSPHRASE."},
    VariableText{
        "FTP_PASSWORD",
        "Password of the user on the target, of whatever protocol, unless the URL has it."},
    VariableText{"IMAP_PASSWORD", "The same for IMAP; IMAP_SERVER names another host."},
    VariableText{
        "AWS_..., GS_..., AZURE_..., SWIFT_..., PCA_..., CLOUDFILES_..., RCLONE_...",
        "Credentials and settings of targets, as duplicity has them. A target is sent what "
        "it reads, with HOME, PATH, SSH_AUTH_SOCK, http_proxy and their like; passwords "
        "and keys are taken out of the environment, whichever target is used."},
    VariableText{"GNUPGHOME", "Where gpg keeps its keys, unless --gpg-home is given."},
    VariableText{"XDG_CACHE_HOME", "Where the archive dir is by default: duplicity/ below it."},
    VariableText{"XDG_RUNTIME_DIR", "Where the user's own daemon listens: duplid/control.sock."},
    VariableText{"TMPDIR", "Where temporary files go by default."},
    VariableText{"PAGER", "What shows long output on a terminal; less if it is not set, nothing if "
                          "it is empty. It is started by a shell, without the variables above that "
                          "hold secrets."},
    VariableText{"NO_COLOR", "Print without colours, whatever its value, unless that is empty."},
    VariableText{"TERM", "dumb: no colours, and no screen that is drawn anew."},
};

}  // namespace

std::span<const ExitText> exit_texts() noexcept
{
    return exit_table;
}

std::span<const VariableText> variable_texts() noexcept
{
    return variable_table;
}

}  // namespace duplid::ctl
