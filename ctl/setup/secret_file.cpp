#include "ctl/setup/secret_file.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/process/fd.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace duplid::setup {

namespace {

namespace fs = std::filesystem;
using proto::ErrorKind;

constexpr unsigned file_mode = 0600;
constexpr mode_t private_mode = 0700;
constexpr mode_t usual_mode = 0777;

/// 32 of them: no l, o, 0 and 1.
constexpr std::string_view alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
constexpr std::size_t groups = 5;
constexpr std::size_t group_letters = 5;

void write_all(const ctl::Fd& file, std::string_view bytes, const std::string& path)
{
    while (!bytes.empty()) {
        const auto count = ::write(file.get(), bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            throw ctl::system_failure(ErrorKind::internal, "writing a file", path, errno);
        }
        bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
}

ctl::Fd create(const std::string& path, int how)
{
    ctl::Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | how,
                        static_cast<mode_t>(file_mode))};
    if (!file.is_open()) {
        throw ctl::system_failure(ErrorKind::denied, "making a file", path, errno);
    }
    return file;
}

void sync(const ctl::Fd& file, const std::string& path)
{
    if (::fsync(file.get()) != 0) {
        throw ctl::system_failure(ErrorKind::internal, "writing a file", path, errno);
    }
}

/// The name, too: of a passphrase that nobody has written down this may be the only copy.
void sync_name(const fs::path& path)
{
    const auto directory = path.parent_path();
    const ctl::Fd opened{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!opened.is_open()) {
        throw ctl::system_failure(ErrorKind::internal, "opening a directory", directory.string(),
                                  errno);
    }
    sync(opened, directory.string());
}

void make_directory(const fs::path& path, mode_t mode, Undo& undo)
{
    std::error_code error;
    if (path.empty() || fs::is_directory(path, error)) {
        return;
    }
    make_directory(path.parent_path(), usual_mode, undo);
    if (::mkdir(path.c_str(), mode) != 0) {
        throw ctl::system_failure(ErrorKind::denied, "making a directory", path.string(), errno);
    }
    undo.add([path] { ::rmdir(path.c_str()); });
}

}  // namespace

proto::SecretText generated_passphrase()
{
    std::array<unsigned char, groups * group_letters> random{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
        throw ctl::system_failure(ErrorKind::internal, "getting random numbers", {}, errno);
    }
    proto::WipedBuffer text;
    for (std::size_t i = 0; i < random.size(); ++i) {
        if (i > 0 && i % group_letters == 0) {
            text.push_back('-');
        }
        text.push_back(alphabet[random.at(i) % alphabet.size()]);
    }
    proto::wipe_memory(random.data(), random.size());
    return proto::SecretText{std::move(text)};
}

std::string free_path(const std::string& directory, const std::string& name)
{
    auto path = directory + "/" + name;
    std::error_code error;
    for (int number = 2; fs::exists(fs::symlink_status(path, error)); ++number) {
        path = directory + "/" + name + "-" + std::to_string(number);
    }
    return path;
}

void write_secret(const std::string& path, const proto::SecretText& secret, Undo& undo)
{
    make_private_directory(fs::path{path}.parent_path().string(), undo);
    const auto file = create(path, O_EXCL);
    undo.add([path] { ::unlink(path.c_str()); });
    write_all(file, secret.reveal(), path);
    write_all(file, "\n", path);
    sync(file, path);
    sync_name(path);
    sync_name(fs::path{path}.parent_path());  // which may be new itself
}

void write_private(const std::string& path, const std::string& text)
{
    Undo undo;
    make_private_directory(fs::path{path}.parent_path().string(), undo);
    const auto file = create(path, O_TRUNC);
    undo.keep();
    // One that was there before may have had other rights.
    if (::fchmod(file.get(), file_mode) != 0) {
        throw ctl::system_failure(ErrorKind::denied, "keeping a file to its owner", path, errno);
    }
    write_all(file, text, path);
    sync(file, path);
}

void make_private_directory(const std::string& path, Undo& undo)
{
    fs::path plain{path};
    if (!plain.has_filename()) {
        plain = plain.parent_path();  // "/mnt/backup/"
    }
    make_directory(plain, private_mode, undo);
}

}  // namespace duplid::setup
