#include "engine/operation/manifest_part.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 10U;

}  // namespace

ChangeList::ChangeList(const std::string& directory) : file_{io::TempFile::unnamed(directory)} {}

void ChangeList::add(manifest::FileChange::Action action, const std::string& key)
{
    change_.action = action;
    change_.key = key;
    buffer_ += manifest::print_file_change(change_);
    ++count_;
    if (buffer_.size() > buffer_bytes) {
        flush();
    }
}

void ChangeList::flush()
{
    io::write_full(file_.fd(), io::view_of(buffer_), "the list of changed files");
    bytes_ += buffer_.size();
    buffer_.clear();
}

void ChangeList::append_to(int fd, const std::string& name)
{
    flush();
    io::write_full(fd, io::view_of(manifest::print_file_list_head(count_)), name);
    io::RangeSource lines{file_.fd(), 0, bytes_, "the list of changed files"};
    io::FdSink out{fd, name};
    io::copy(lines, out);
}

ManifestPart::ManifestPart(std::string part_path, std::string final_path, manifest::Head head)
    : part_path_{std::move(part_path)}, final_path_{std::move(final_path)}, head_{std::move(head)}
{
}

void ManifestPart::create()
{
    fd_ = io::open_file(part_path_, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW);
    io::write_full(fd_.get(), io::view_of(manifest::print_head(head_)), part_path_);
}

void ManifestPart::add(const manifest::Volume& volume)
{
    if (!fd_) {
        create();
    }
    io::write_full(fd_.get(), io::view_of(manifest::print_volume(volume)), part_path_);
}

void ManifestPart::finish(ChangeList& changes)
{
    changes.append_to(fd_.get(), part_path_);
    io::sync_file(fd_.get(), part_path_);
}

void ManifestPart::publish()
{
    if (::rename(part_path_.c_str(), final_path_.c_str()) != 0) {
        throw system_error(errno, "renaming a manifest to", final_path_);
    }
}

}  // namespace duplid::operation
