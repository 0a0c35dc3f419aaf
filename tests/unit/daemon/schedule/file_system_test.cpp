// Tables of mounts and udev's records are files of the kernel's and udev's form, copied from
// machines that have them; which disk is which is known from there.

#include "daemon/schedule/conditions.hpp"
#include "daemon/schedule/file_system.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace duplid;
using namespace duplid::schedule;

namespace {

class Kernel {
public:
    void write(const std::string& path, const std::string& text)
    {
        const std::filesystem::path file = directory_.path() + "/" + path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream{file} << text;
    }

    /// A link to a node that every machine has, as if it were a disk's: 1:3.
    void link_to_null(const std::string& uuid)
    {
        const auto links = directory_.path() + "/dev/disk/by-uuid";
        std::filesystem::create_directories(links);
        std::filesystem::create_symlink("/dev/null", links + "/" + uuid);
    }

    [[nodiscard]] Places places() const
    {
        const auto& root = directory_.path();
        return {.sys = root + "/sys",
                .proc = root + "/proc",
                .dev = root + "/dev",
                .run = root + "/run"};
    }

private:
    io::TempDirectory directory_;
};

constexpr const char* root_line =
    "27 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw,errors=remount-ro\n";
constexpr const char* disk_line =
    "90 27 8:17 / /media/ann/My\\040disk rw,nosuid - ext4 /dev/sdb1 rw\n";

}  // namespace

TEST_CASE("a path is on the deepest mount above it, whatever lies beside")
{
    Kernel kernel;
    kernel.write("proc/self/mountinfo", std::string{root_line} + disk_line +
                                            "91 27 8:33 / /media/ann/My rw - ext4 /dev/sdc1 rw\n");
    const auto places = kernel.places();
    CHECK(file_system_of("/media/ann/My disk/backup/x", places).mount_point ==
          "/media/ann/My disk");
    CHECK(file_system_of("/media/ann/My disk", places).mount_point == "/media/ann/My disk");
    CHECK(file_system_of("/media/ann/My diskette", places).is_root);
    CHECK(file_system_of("/media/ann/My/backup", places).mount_point == "/media/ann/My");
}

TEST_CASE("what was mounted last at a place covers what was there before")
{
    Kernel kernel;
    kernel.write("proc/self/mountinfo", std::string{root_line} +
                                            "90 27 8:17 / /mnt rw - ext4 /dev/sdb1 rw\n"
                                            "91 90 8:33 / /mnt rw - ext4 /dev/sdc1 rw\n");
    kernel.write("run/udev/data/b8:17", "S:disk/by-id/x\nE:ID_FS_UUID=below\n");
    kernel.write("run/udev/data/b8:33", "E:ID_FS_UUID_ENC=above\nE:ID_FS_UUID=above\n");
    CHECK(file_system_of("/mnt/backup", kernel.places()).uuid == "above");
}

TEST_CASE("the UUID is found by udev's link, by its record, and through the names of devices")
{
    Kernel kernel;
    kernel.write("proc/self/mountinfo",
                 std::string{root_line} +
                     "90 27 1:3 / /linked rw - ext4 /dev/sdb1 rw\n"
                     // btrfs has numbers of its own; its source names the disk.
                     "91 27 0:45 /home /btrfs rw - btrfs /dev/sdd1 rw,subvol=/home\n"
                     "92 27 0:46 / /locked rw - btrfs /dev/mapper/luks-1 rw\n"
                     "93 27 0:47 / /nfs rw - nfs4 nas:/export rw\n");
    kernel.link_to_null("6aeb-linked");
    kernel.write("sys/class/block/sdd1/dev", "8:49\n");
    kernel.write("run/udev/data/b8:49", "E:ID_FS_TYPE=btrfs\nE:ID_FS_UUID=of-btrfs\n");
    kernel.write("sys/class/block/sda2/dev", "8:2\n");
    kernel.write("sys/class/block/dm-3/dm/name", "luks-1\n");
    kernel.write("sys/class/block/dm-3/dev", "253:3\n");
    kernel.write("run/udev/data/b253:3", "E:ID_FS_UUID=opened\n");
    const auto places = kernel.places();
    CHECK(file_system_of("/linked/backup", places).uuid == "6aeb-linked");
    CHECK(file_system_of("/btrfs", places).uuid == "of-btrfs");
    CHECK(file_system_of("/locked", places).uuid == "opened");
    CHECK(file_system_of("/nfs/backup", places).uuid.empty());
    CHECK(file_system_of("/", places).is_root);
}

TEST_CASE("a disk that is not mounted is missing, and so is one that nobody can tell apart")
{
    Kernel kernel;
    kernel.write("proc/self/mountinfo", std::string{root_line});
    kernel.write("run/udev/data/b8:17", "E:ID_FS_UUID=the-disk\n");
    kernel.write("run/udev/data/b8:2", "E:ID_FS_UUID=the-system\n");
    const std::string target = "/media/ann/My disk/backup";
    CHECK(file_system_missing(target, "the-disk", kernel.places()) ==
          "the disk with UUID the-disk is not mounted at " + target);

    kernel.write("proc/self/mountinfo", std::string{root_line} + disk_line);
    CHECK_FALSE(file_system_missing(target, "the-disk", kernel.places()));
    CHECK(file_system_missing(target, "another", kernel.places()));

    kernel.write("run/udev/data/b8:17", "E:ID_FS_TYPE=ext4\n");
    CHECK(file_system_missing(target, "the-disk", kernel.places()) ==
          "nobody can tell whether " + target + " is on the disk with UUID the-disk");
    CHECK(file_system_missing(target, "the-disk", Kernel{}.places()));
}

TEST_CASE("a place where disks are mounted lacks one while nothing is mounted in it")
{
    Kernel kernel;
    const auto lacks = [&kernel](const std::string& path) {
        return lacks_disk(path, file_system_of(path, kernel.places()));
    };
    // No such directories are on this machine, or nothing here is a link.
    const std::string disk = "/media/ann-who-is-nowhere/My disk";
    const std::string desktop = "/run/media/ann-who-is-nowhere/usb/backup";
    CHECK_FALSE(lacks(disk));  // no table of mounts: nobody knows
    kernel.write("proc/self/mountinfo",
                 std::string{root_line} + "28 27 0:25 / /run rw - tmpfs tmpfs rw,mode=755\n");
    CHECK(lacks(disk));
    CHECK(lacks(desktop));
    CHECK(lacks("/mnt/nowhere/backup"));
    CHECK_FALSE(lacks("/srv/backup"));
    CHECK_FALSE(lacks("/mntx/backup"));
    CHECK_FALSE(lacks("/run/backup"));
    kernel.write("proc/self/mountinfo",
                 std::string{root_line} +
                     "90 27 8:17 / /media/ann-who-is-nowhere/My\\040disk rw - ext4 /dev/sdb1 rw\n"
                     "91 27 8:33 / /run/media/ann-who-is-nowhere/usb rw - vfat /dev/sdc1 rw\n"
                     "92 27 0:47 / /mnt rw - nfs4 nas:/export rw\n");
    CHECK_FALSE(lacks(disk + "/backup"));
    CHECK_FALSE(lacks(desktop));
    CHECK_FALSE(lacks("/mnt/nowhere/backup"));
    CHECK(lacks("/media/ann-who-is-nowhere/other"));
}

TEST_CASE("lines that are none of the kernel's are passed over")
{
    Kernel kernel;
    kernel.write("proc/self/mountinfo", std::string{"garbage\n\n1 2 3 4 5 -\n- - -\n"} + root_line +
                                            "9 27 8:17 / /a\\04 rw - ext4 /dev/sdb1 rw\n");
    CHECK(file_system_of("/x", kernel.places()).is_root);
    CHECK(file_system_of("/a\\04", kernel.places()).mount_point == "/a\\04");
}
