# The Debian package: "cpack -G DEB" in a build directory. It holds what "cmake --install --prefix /usr"
# installs, with what Debian's rules ask for beside it.
set(DUPLID_MAINTAINER "duplid maintainers <duplid@packages.invalid>" CACHE STRING "Who makes the package")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME duplid)
set(CPACK_PACKAGE_CONTACT "${DUPLID_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "backup daemon that speaks duplicity's archive format")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"A resident daemon that makes encrypted incremental backups by schedule, to
local disks and over SFTP, WebDAV, FTP, S3, Azure, Swift, IMAP, rsync and
rclone, and a client to direct it.

It reads and continues archives that duplicity wrote, and what it writes
duplicity restores. Wrappers that call duplicity can be pointed at a command of
the same name that it brings.")

# The units name the installed program: they are installed as root would, below a directory of its own.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/finish.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# gpgme drives gpg; the user of the system's daemon is made by systemd-sysusers.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "gnupg, systemd")
# polkit lets the daemon start the hooks of its jobs.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "openssh-client, polkitd")
# Programs that some kinds of targets are reached with, and the one to restore with when this one is not there.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "duplicity, libglib2.0-bin, libsecret-tools, par2, rclone, rsync")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_CURRENT_LIST_DIR}/postinst ${CMAKE_CURRENT_LIST_DIR}/prerm ${CMAKE_CURRENT_LIST_DIR}/postrm)

# finish.cmake reads these.
set(CPACK_DUPLID_DEBIAN_DIR ${CMAKE_CURRENT_LIST_DIR})
set(CPACK_DUPLID_SOURCE_DIR ${CMAKE_SOURCE_DIR})

include(CPack)
