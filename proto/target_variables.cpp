#include "proto/target_variables.hpp"

#include <algorithm>
#include <array>

namespace duplid::proto {

namespace {

using enum TargetKind;

constexpr TargetKinds only(TargetKind kind) noexcept
{
    return static_cast<TargetKinds>(kind);
}

/// Those that take a password from FTP_PASSWORD when the URL has none (backends.md 1.3).
constexpr auto with_password = ssh | ftp | rsync | webdav | imap | b2 | gio | mega | mediafire;
constexpr auto with_aws_keys = s3 | google_storage | rclone;
constexpr auto with_keystone = swift | rclone;
constexpr auto with_google_keys = google_storage | google_drive | rclone;

// The first row that fits counts: names before the prefixes that cover them.
constexpr std::array table{
    // What any program or library may need to run at all.
    TargetVariable{"HOME", remote_kinds, false},
    TargetVariable{"USER", remote_kinds, false},
    TargetVariable{"LOGNAME", remote_kinds, false},
    TargetVariable{"PATH", remote_kinds, false},
    TargetVariable{"LANG", remote_kinds, false},
    TargetVariable{"LC_ALL", remote_kinds, false},
    TargetVariable{"LC_CTYPE", remote_kinds, false},
    TargetVariable{"TZ", remote_kinds, false},
    TargetVariable{"TMPDIR", remote_kinds, false},
    TargetVariable{"XDG_CONFIG_HOME", remote_kinds, false},
    TargetVariable{"XDG_CACHE_HOME", remote_kinds, false},
    TargetVariable{"XDG_DATA_HOME", remote_kinds, false},
    TargetVariable{"XDG_RUNTIME_DIR", remote_kinds, false},
    TargetVariable{"SSL_CERT_FILE", remote_kinds, false},
    TargetVariable{"SSL_CERT_DIR", remote_kinds, false},
    TargetVariable{"http_proxy", remote_kinds, false},
    TargetVariable{"https_proxy", remote_kinds, false},
    TargetVariable{"ftp_proxy", remote_kinds, false},
    TargetVariable{"all_proxy", remote_kinds, false},
    TargetVariable{"no_proxy", remote_kinds, false},
    TargetVariable{"HTTP_PROXY", remote_kinds, false},
    TargetVariable{"HTTPS_PROXY", remote_kinds, false},
    TargetVariable{"FTP_PROXY", remote_kinds, false},
    TargetVariable{"ALL_PROXY", remote_kinds, false},
    TargetVariable{"NO_PROXY", remote_kinds, false},

    TargetVariable{"FTP_PASSWORD", with_password, true},
    TargetVariable{"SSH_AUTH_SOCK", ssh | rsync | rclone | gio, false},
    TargetVariable{"SSH_ASKPASS", ssh | rsync, false},
    TargetVariable{"SSH_SK_PROVIDER", ssh | rsync, false},
    TargetVariable{"KRB5CCNAME", ssh | rsync | webdav | gio, false},
    TargetVariable{"KRB5_CONFIG", ssh | rsync | webdav | gio, false},
    TargetVariable{"DISPLAY", ssh | rsync | gio, false},
    TargetVariable{"WAYLAND_DISPLAY", ssh | rsync | gio, false},
    TargetVariable{"DBUS_SESSION_BUS_ADDRESS", ssh | rsync | gio, false},
    TargetVariable{"GIO_EXTRA_MODULES", only(gio), false},
    TargetVariable{"RSYNC_PASSWORD", only(rsync), true},
    TargetVariable{"RSYNC_*", only(rsync), false},
    TargetVariable{"IMAP_PASSWORD", only(imap), true},
    TargetVariable{"IMAP_SERVER", only(imap), false},
    TargetVariable{"RCLONE_*", only(rclone), true},

    TargetVariable{"AWS_SECRET_ACCESS_KEY", with_aws_keys, true},
    TargetVariable{"AWS_SESSION_TOKEN", with_aws_keys, true},
    TargetVariable{"AWS_SECURITY_TOKEN", with_aws_keys, true},
    TargetVariable{"AWS_CONTAINER_AUTHORIZATION_TOKEN", with_aws_keys, true},
    TargetVariable{"AWS_*", with_aws_keys, false},
    TargetVariable{"BOTO_CONFIG", s3 | google_storage, false},
    TargetVariable{"BOTO_PATH", s3 | google_storage, false},
    TargetVariable{"GS_SECRET_ACCESS_KEY", only(google_storage), true},
    TargetVariable{"GS_ACCESS_KEY_ID", only(google_storage), false},
    TargetVariable{"GOOGLE_DRIVE_ACCOUNT_KEY", only(google_drive), true},
    TargetVariable{"GOOGLE_*", with_google_keys, false},
    TargetVariable{"AZURE_CONNECTION_STRING", azure | rclone, true},
    TargetVariable{"AZURE_ACCOUNT_KEY", azure | rclone, true},
    TargetVariable{"AZURE_SHARED_ACCESS_SIGNATURE", azure | rclone, true},
    TargetVariable{"AZURE_CLIENT_SECRET", azure | rclone, true},
    TargetVariable{"AZURE_PASSWORD", azure | rclone, true},
    TargetVariable{"AZURE_*", azure | rclone, false},
    TargetVariable{"SWIFT_PASSWORD", only(swift), true},
    TargetVariable{"SWIFT_PREAUTHTOKEN", only(swift), true},
    TargetVariable{"SWIFT_*", only(swift), false},
    TargetVariable{"OS_PASSWORD", with_keystone, true},
    TargetVariable{"OS_AUTH_TOKEN", with_keystone, true},
    TargetVariable{"OS_APPLICATION_CREDENTIAL_SECRET", with_keystone, true},
    TargetVariable{"OS_*", with_keystone, false},
    TargetVariable{"PCA_PASSWORD", only(ovh_archive), true},
    TargetVariable{"PCA_PREAUTHTOKEN", only(ovh_archive), true},
    TargetVariable{"PCA_*", only(ovh_archive), false},
    TargetVariable{"CLOUDFILES_APIKEY", only(cloud_files), true},
    TargetVariable{"CLOUDFILES_*", only(cloud_files), false},

    TargetVariable{"DPBX_ACCESS_TOKEN", only(dropbox), true},
    TargetVariable{"DPBX_REFRESH_TOKEN", only(dropbox), true},
    TargetVariable{"DPBX_APP_SECRET", only(dropbox), true},
    TargetVariable{"DPBX_*", only(dropbox), false},
    TargetVariable{"OAUTH2_REFRESH_TOKEN", only(onedrive), true},
    TargetVariable{"OAUTH2_CLIENT_SECRET", only(onedrive), true},
    TargetVariable{"OAUTH2_*", only(onedrive), false},
    TargetVariable{"ONEDRIVE_ROOT", only(onedrive), false},
    TargetVariable{"BOX_CONFIG_PATH", only(box), false},
    TargetVariable{"MF_API_KEY", only(mediafire), true},
    TargetVariable{"MF_APP_ID", only(mediafire), false},
    TargetVariable{"JOTTACLOUD_TOKEN", only(jottacloud), true},
    TargetVariable{"JOTTACLOUD_PASSWORD", only(jottacloud), true},
    TargetVariable{"JOTTACLOUD_USERNAME", only(jottacloud), false},
    TargetVariable{"IDEVSPATH", only(idrive), false},
    TargetVariable{"IDRIVEID", only(idrive), false},
    TargetVariable{"IDPWDFILE", only(idrive), false},
    TargetVariable{"IDBUCKET", only(idrive), false},
    TargetVariable{"IDKEYFILE", only(idrive), false},
    TargetVariable{"SLATE_API_KEY", only(slate), true},
    TargetVariable{"SLATE_SSL_VERIFY", only(slate), false},
};

constexpr std::array<std::string_view, 3> passphrases{"PASSPHRASE", "SIGN_PASSPHRASE",
                                                      "SOURCE_PASSPHRASE"};

struct SchemeKind {
    std::string_view scheme;
    TargetKind kind;
};

// Without the names of programs before a "+", but for those that are no more than that.
constexpr std::array schemes{
    SchemeKind{"file", local},
    SchemeKind{"gio+file", local},
    SchemeKind{"sftp", ssh},
    SchemeKind{"scp", ssh},
    SchemeKind{"ssh", ssh},
    SchemeKind{"fish", ssh},
    SchemeKind{"ftp", ftp},
    SchemeKind{"ftps", ftp},
    SchemeKind{"ftpes", ftp},
    SchemeKind{"rsync", rsync},
    SchemeKind{"webdav", webdav},
    SchemeKind{"webdavs", webdav},
    SchemeKind{"http", webdav},
    SchemeKind{"https", webdav},
    SchemeKind{"imap", imap},
    SchemeKind{"imaps", imap},
    SchemeKind{"s3", s3},
    SchemeKind{"s3+http", s3},
    SchemeKind{"gs", google_storage},
    SchemeKind{"gcs", google_storage},
    SchemeKind{"azure", azure},
    SchemeKind{"b2", b2},
    SchemeKind{"swift", swift},
    SchemeKind{"pca", ovh_archive},
    SchemeKind{"cf+http", cloud_files},
    SchemeKind{"cf+hubic", cloud_files},
    SchemeKind{"rclone", rclone},
    SchemeKind{"dpbx", dropbox},
    SchemeKind{"onedrive", onedrive},
    SchemeKind{"gdrive", google_drive},
    SchemeKind{"gdocs", google_drive},
    SchemeKind{"pydrive", google_drive},
    SchemeKind{"box", box},
    SchemeKind{"mega", mega},
    SchemeKind{"megav2", mega},
    SchemeKind{"megav3", mega},
    SchemeKind{"mf", mediafire},
    SchemeKind{"jottacloud", jottacloud},
    SchemeKind{"idrived", idrive},
    SchemeKind{"slate", slate},
    SchemeKind{"hsi", program},
    SchemeKind{"tahoe", program},
    SchemeKind{"sx", program},
    SchemeKind{"ad", program},
};

constexpr std::array<std::string_view, 8> engines{"lftp+", "ncftp+", "pexpect+", "paramiko+",
                                                  "boto+", "boto3+", "pydrive+", "gdata+"};

constexpr char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(std::string_view text, std::string_view name) noexcept
{
    return std::equal(text.begin(), text.end(), name.begin(), name.end(),
                      [](char a, char b) { return lower(a) == b; });
}

bool begins(std::string_view text, std::string_view with) noexcept
{
    return text.size() > with.size() && same(text.substr(0, with.size()), with);
}

TargetKinds kinds_of_scheme(std::string_view scheme) noexcept
{
    const auto* const found =
        std::find_if(schemes.begin(), schemes.end(),
                     [&](const SchemeKind& row) { return same(scheme, row.scheme); });
    if (found != schemes.end()) {
        return only(found->kind);
    }
    constexpr std::string_view par2 = "par2+";
    constexpr std::string_view through_gio = "gio+";
    if (begins(scheme, par2)) {
        return kinds_of_scheme(scheme.substr(par2.size())) | program;
    }
    if (begins(scheme, through_gio)) {
        return only(gio);
    }
    if (same(scheme, "multi")) {
        return remote_kinds;
    }
    for (const auto engine : engines) {
        if (begins(scheme, engine)) {
            return kinds_of_scheme(scheme.substr(engine.size()));
        }
    }
    return 0;
}

}  // namespace

TargetKinds kinds_of(std::string_view url, bool through_gio) noexcept
{
    const auto end = url.find("://");
    if (end == std::string_view::npos) {
        return 0;
    }
    const auto kinds = kinds_of_scheme(url.substr(0, end));
    // A file target stays one through GIO.
    return through_gio && kinds != only(local) ? kinds | gio : kinds;
}

std::span<const TargetVariable> target_variables() noexcept
{
    return table;
}

const TargetVariable* target_variable(std::string_view name) noexcept
{
    const auto* const found =
        std::find_if(table.begin(), table.end(), [name](const TargetVariable& row) {
            return row.name.ends_with('*')
                       ? name.starts_with(row.name.substr(0, row.name.size() - 1))
                       : name == row.name;
        });
    return found == table.end() ? nullptr : &*found;
}

bool is_secret_variable(std::string_view name) noexcept
{
    const auto* const row = target_variable(name);
    return (row != nullptr && row->is_secret) ||
           std::find(passphrases.begin(), passphrases.end(), name) != passphrases.end();
}

}  // namespace duplid::proto
