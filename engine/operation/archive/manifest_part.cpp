#include "engine/operation/archive/manifest_part.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 10U;
/// Records of volumes only: some kilobytes each.
constexpr std::size_t part_bytes_max = std::size_t{1} << 30U;

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

ManifestPart::ManifestPart(std::string part_path, std::string final_path,
                           const manifest::Head& head)
    : part_path_{std::move(part_path)},
      final_path_{std::move(final_path)}, head_{manifest::print_head(head)}
{
}

void ManifestPart::restart(std::string_view records)
{
    fd_.reset();
    if (records.empty()) {
        if (::unlink(part_path_.c_str()) != 0 && errno != ENOENT) {
            throw system_error(errno, "removing", part_path_);
        }
        return;
    }
    io::replace_file(part_path_, io::view_of(head_ + std::string{records}));
    fd_ = io::open_file(part_path_, O_RDWR | O_APPEND | O_NOFOLLOW);
}

void ManifestPart::add(std::string_view record)
{
    // Not synced: it matters only to duplicity going on where this run was killed; after a power
    // cut it may find less of it, and duplid has the journal.
    if (!fd_) {
        fd_ = io::open_file(part_path_, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW);
        io::write_full(fd_.get(), io::view_of(head_), part_path_);
    }
    io::write_full(fd_.get(), io::view_of(record), part_path_);
}

io::TempFile ManifestPart::finish(ChangeList& changes) const
{
    auto whole = io::TempFile::beside(final_path_, 0666);
    io::FileSource records{part_path_};
    io::FdSink out{whole.fd(), final_path_};
    io::copy(records, out);
    changes.append_to(whole.fd(), final_path_);
    return whole;
}

io::Bytes ManifestPart::withdraw()
{
    auto held = io::read_file_if_there(part_path_, part_bytes_max).value_or(io::Bytes{});
    restart({});
    return held;
}

void ManifestPart::put_back(io::ByteView held)
{
    if (!held.empty()) {
        io::replace_file(part_path_, held);
    }
}

void ManifestPart::publish(io::TempFile whole)
{
    // A missing one in the cache is fetched.
    whole.publish(final_path_);
}

}  // namespace duplid::operation
