// Which file system a local path is on: what tells a disk that is plugged in from the empty
// directory where it would be mounted. Nothing has to lie on the disk for it.
//
// Facts: mounts as in proc(5), "/proc/[pid]/mountinfo"; numbers of devices as in the kernel's
// Documentation/ABI/testing/sysfs-block ("/sys/class/block/NAME/dev"); links in /dev/disk/by-uuid
// as udev makes them (systemd's rules.d/60-persistent-storage.rules), and udev's own records, lines
// "E:ID_FS_UUID=..." in /run/udev/data/bMAJOR:MINOR, which services with a /dev of their own still
// see (systemd.exec(5), PrivateDevices=).
#pragma once

#include <optional>
#include <string>

namespace duplid::schedule {

/// Where the machine's directories are; tests have their own.
struct Places {
    std::string sys = "/sys";
    std::string proc = "/proc";
    std::string dev = "/dev";
    std::string run = "/run";
};

struct FileSystem {
    std::string mount_point;  ///< empty: the table of mounts cannot be read
    std::string root;         ///< which directory of it is there; mostly "/"
    std::string uuid;         ///< empty: it has none, or nobody here knows
    bool is_root = false;     ///< mounted at "/"
};

/// Of the path, or, if it is not there yet, of where it would be made. Any thread. Nothing is read
/// from the disk but, unless the kernel still knows them, the names that lead there.
[[nodiscard]] FileSystem file_system_of(const std::string& path, const Places& places = {});

/// Why `path` is not on the file system with this UUID, in a few words; nothing if it is. What
/// nobody can tell counts as missing: a backup must not go to the wrong disk.
[[nodiscard]] std::optional<std::string>
file_system_missing(const std::string& path, const std::string& uuid, const Places& places = {});

/// Whether `path` is where people, and desktops, mount what comes and goes, and nothing is mounted
/// there: what is put there comes to lie on the disk that the system is on. `there` is its
/// file_system_of().
[[nodiscard]] bool lacks_disk(const std::string& path, const FileSystem& there);

/// Throws: Error unreachable when `path` is not on the file system with this UUID.
void require_file_system(const std::string& path, const std::string& uuid);

}  // namespace duplid::schedule
