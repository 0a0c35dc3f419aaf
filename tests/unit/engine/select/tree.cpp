#include "tests/unit/engine/select/tree.hpp"

#include "storage/io/fd.hpp"
#include "storage/io/temp_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sched.h>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

namespace duplid::select::test {

namespace {

void check(int result, const std::string& what)
{
    if (result != 0) {
        throw std::runtime_error{what + ": " + std::strerror(errno)};
    }
}

std::string letters(unsigned long number)
{
    std::string text;
    for (; number > 0; number /= 10) {
        text += "qrtvwyzkjm"[number % 10];
    }
    return text;
}

void make_socket(const std::string& path)
{
    const io::Fd fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        throw std::runtime_error{"too long for a socket: " + path};
    }
    std::copy(path.begin(), path.end(), address.sun_path);
    check(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), path);
}

// Mounts in a namespace of this process, so that nothing is left behind if it is killed.
bool mount_at(const std::string& path)
{
    static const bool has_namespace =
        unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    return has_namespace && mount("none", path.c_str(), "tmpfs", 0, nullptr) == 0;
}

Type type_of(const Node& node)
{
    if (node.type == "dir" || node.type == "mountpoint") {
        return Type::directory;
    }
    return node.type == "symlink"    ? Type::symlink
           : node.type == "fifo"     ? Type::fifo
           : node.type == "chardev"  ? Type::character
           : node.type == "blockdev" ? Type::block
                                     : Type::regular;
}

const Node* find(const Tree& tree, const std::string& path)
{
    const auto node =
        std::find_if(tree.begin(), tree.end(), [&](const Node& n) { return n.path == path; });
    return node == tree.end() ? nullptr : &*node;
}

bool is_under(const std::string& path, const std::string& directory)
{
    return path.starts_with(directory + '/');
}

class DescribedMarkers final : public MarkerProbe {
public:
    DescribedMarkers(const Tree& tree, std::string directory)
        : tree_{tree}, directory_{std::move(directory)}
    {
    }
    [[nodiscard]] bool contains(const std::string& name) const override
    {
        return find(tree_, directory_ + '/' + name) != nullptr;
    }
    // No rule of duplicity asks for these.
    [[nodiscard]] bool has_cache_tag() const override { return false; }
    [[nodiscard]] bool is_nodump() const override { return false; }

private:
    const Tree& tree_;
    std::string directory_;
};

}  // namespace

Directory::Directory()
{
    static unsigned long made = 0;
    path_ = io::default_temp_directory() + "/select-" +
            letters(static_cast<unsigned long>(getpid())) + '-' + letters(++made);
    check(mkdir(path_.c_str(), 0700), path_);
}

Directory::~Directory()
{
    for (const auto& path : mounts_) {
        umount2(path.c_str(), MNT_DETACH);
    }
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

bool Directory::build(const Tree& tree)
{
    for (const auto& node : tree) {
        const auto path = *this / node.path;
        if (node.type == "file") {
            write_file(path);
        } else if (node.type == "dir" || node.type == "mountpoint") {
            check(mkdir(path.c_str(), 0755), path);
        } else if (node.type == "symlink") {
            check(symlink(node.target.c_str(), path.c_str()), path);
        } else if (node.type == "fifo") {
            check(mkfifo(path.c_str(), 0644), path);
        } else if (node.type == "socket") {
            make_socket(path);
        } else if (node.type == "chardev" || node.type == "blockdev") {
            const auto kind = static_cast<mode_t>(node.type == "chardev" ? S_IFCHR : S_IFBLK);
            if (mknod(path.c_str(), kind | 0600U, makedev(1, 3)) != 0) {
                return false;
            }
        } else {
            throw std::runtime_error{"unknown type " + node.type};
        }
        if (node.type == "mountpoint") {
            if (!mount_at(path)) {
                return false;
            }
            mounts_.push_back(path);
        }
        if (node.mtime) {
            const timespec time{*node.mtime, 0};
            const timespec times[2] = {time, time};
            check(utimensat(AT_FDCWD, path.c_str(), times, 0), path);
        }
    }
    return true;
}

void write_file(const std::string& path, const std::string& content)
{
    const auto fd = io::open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    io::write_full(fd.get(), io::view_of(content), path);
}

std::map<std::string, Fate> fates(const Tree& tree, const std::string& root, const Rules& rules,
                                  bool copy_links)
{
    std::map<std::string, Fate> result;
    std::vector<std::string> mounts;
    for (const auto& node : tree) {
        if (node.type == "mountpoint") {
            mounts.push_back(node.path);
        }
    }
    for (const auto& node : tree) {
        const auto path = root + '/' + node.path;
        // Rules are relative to the source, of which this may not be a part, or which it may be.
        if (!is_under(path, rules.base())) {
            continue;
        }
        auto& fate = result[path];
        fate.verdict = "unvisited";
        const auto slash = path.rfind('/');
        const auto parent = path.substr(0, slash);
        const auto above = result.find(parent);
        if (node.type == "socket" ||
            (above != result.end() && above->second.verdict != "included" &&
             above->second.verdict != "scanned")) {
            continue;
        }
        // Links of the golden trees lead to siblings.
        const auto* meant = &node;
        if (copy_links && node.type == "symlink" && find(tree, node.target) != nullptr) {
            meant = find(tree, node.target);
        }
        const DescribedMarkers markers{tree, node.path};
        const Facts facts{.type = type_of(*meant),
                          .mtime = meant->mtime.value_or(2'000'000'000),
                          .other_filesystem = std::any_of(mounts.begin(), mounts.end(),
                                                          [&](const std::string& mount) {
                                                              return node.path == mount ||
                                                                     is_under(node.path, mount);
                                                          }),
                          .markers = &markers};
        const auto verdict = rules.decide(path, facts);
        fate.verdict = verdict == Verdict::include   ? "included"
                       : verdict == Verdict::exclude ? "excluded"
                                                     : "scanned";
        if (verdict != Verdict::include) {
            continue;
        }
        fate.stored = true;
        for (auto& [other, its] : result) {
            its.stored = its.stored || is_under(path, other);
        }
    }
    return result;
}

}  // namespace duplid::select::test
