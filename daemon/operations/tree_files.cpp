#include "daemon/operations/tree_files.hpp"

#include "daemon/operations/standard_stream.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/text.hpp"

#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace duplid::daemon {

namespace {

io::Fd make_file(const std::string& path)
{
    io::Fd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
    if (!fd && errno == EEXIST) {
        throw Error{Error::Kind::invalid,
                    fmt::format("{} exists already and is not overwritten", io::printable(path)),
                    path, "name another file, or move this one away"};
    }
    if (!fd) {
        throw system_error(errno, "making", path);
    }
    return fd;
}

}  // namespace

std::string name_of(const proto::TreeFile& file)
{
    return file.standard ? "standard input" : file.path;
}

void check_tree_file(const proto::TreeFile& file, bool has_lent_streams)
{
    if (file.standard == !file.path.empty()) {
        throw Error{Error::Kind::invalid, "a file is a path or the standard stream", file.path};
    }
    if (file.standard && !has_lent_streams) {
        throw Error{Error::Kind::invalid, "this daemon has no standard streams of yours",
                    "standard", "start it with --lent-streams"};
    }
}

std::unique_ptr<io::Source> open_tree_input(const proto::TreeFile& file, std::stop_token stop)
{
    if (file.standard) {
        return std::make_unique<StandardInput>(std::move(stop));
    }
    return std::make_unique<io::FileSource>(file.path);
}

TreeOutput::TreeOutput(const proto::TreeFile& file, bool gzip, std::stop_token stop)
{
    if (file.standard) {
        plain_ = std::make_unique<StandardOutput>(std::move(stop));
    } else {
        fd_ = make_file(file.path);
        path_ = file.path;
        plain_ = std::make_unique<io::FdSink>(fd_.get(), file.path);
    }
    if (gzip) {
        gzip_.emplace(*plain_, codec::Level::max, static_cast<std::uint32_t>(std::time(nullptr)));
    }
}

TreeOutput::~TreeOutput()
{
    if (!path_.empty()) {
        ::unlink(path_.c_str());
    }
}

io::Sink& TreeOutput::sink() noexcept
{
    return gzip_ ? *gzip_ : *plain_;
}

void TreeOutput::finish()
{
    sink().finish();
    if (fd_) {
        io::sync_file(fd_.get(), path_);
    }
    path_.clear();
}

}  // namespace duplid::daemon
