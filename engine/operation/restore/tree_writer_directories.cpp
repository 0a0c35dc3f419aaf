// The part of a TreeWriter that goes from directory to directory: which are open, which are made on
// the way, and when each gets its metadata.
#include "engine/naming/index.hpp"
#include "engine/operation/restore/destination.hpp"
#include "engine/operation/restore/overwrite.hpp"
#include "engine/operation/restore/tree_writer.hpp"
#include "storage/io/error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

/// Directories are private until they get their own mode.
constexpr mode_t private_directory_mode = 0700;

}  // namespace

bool TreeWriter::is_blocked(std::string_view key)
{
    if (!blocked_ || !naming::is_at_or_below(key, *blocked_)) {
        return false;
    }
    if (blocked_->empty() && !root_warned_) {
        root_warned_ = true;
        warn(Error{Error::Kind::corrupt,
                   fmt::format("{} is no directory in the backup, so what should be in it is left "
                               "out",
                               shown({})),
                   shown({}), "the archive contradicts itself; it was damaged or made to do harm"});
    }
    return true;
}

void TreeWriter::open_root_directory()
{
    struct stat facts {};
    const bool is_new = ::stat(options_.destination.c_str(), &facts) != 0;
    make_directories(options_.destination);
    open_.push_back({"", io::open_file(options_.destination, O_RDONLY | O_DIRECTORY), {}, is_new});
}

void TreeWriter::close_top()
{
    auto& top = open_.back();
    current_key_ = top.key;
    if (top.header && options_.any_order) {
        late_.insert_or_assign(top.key, std::move(*top.header));
    } else if (top.header && top.is_new) {
        metadata_.put_new(top.fd.get(), *top.header, shown(top.key));
    } else if (top.header) {
        metadata_.put(top.fd.get(), *top.header, shown(top.key));
    }
    open_.pop_back();
}

void TreeWriter::leave_to(std::string_view key)
{
    while (!open_.empty() && !naming::is_at_or_below(key, open_.back().key)) {
        close_top();
    }
}

/// Makes `key`, whose parent is the innermost open directory, an open directory itself.
bool TreeWriter::enter(const std::string& key)
{
    const int parent = open_.back().fd.get();
    const std::string name{naming::last_component(key)};
    const bool is_new = ::mkdirat(parent, name.c_str(), private_directory_mode) == 0;
    if (!is_new && errno != EEXIST) {
        const int error = errno;
        current_key_ = key;
        warn_or_end(system_error(error, "making the directory", shown(key)));
        blocked_ = key;
        return false;
    }
    io::Fd fd{::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!fd) {
        const int error = errno;
        current_key_ = key;
        warn(error == ENOTDIR || error == ELOOP
                 ? Error{Error::Kind::denied,
                         fmt::format("{} stands where a directory belongs; what should be in it "
                                     "is left out",
                                     shown(key)),
                         shown(key), "move it away, or restore into a new directory"}
                 : system_error(error, "opening the directory", shown(key)));
        blocked_ = key;
        return false;
    }
    if (is_new && options_.any_order) {
        made_.insert(key);
    }
    open_.push_back({key, std::move(fd), {}, is_new || made_.contains(key)});
    return true;
}

bool TreeWriter::go_to(std::string_view key)
{
    leave_to(key);
    // Directories that the archive does not describe are made all the same.
    for (auto depth = naming::depth_of(open_.back().key) + 1; depth <= naming::depth_of(key);
         ++depth) {
        if (!enter(std::string{naming::first_components(key, depth)})) {
            return false;
        }
    }
    return true;
}

std::optional<TreeWriter::Place> TreeWriter::place_of(const std::string& key)
{
    if (is_blocked(key)) {
        return std::nullopt;
    }
    if (key.empty()) {
        // The destination is a single object and stands in an ordinary directory. Nothing else may
        // follow: it would be written through what was just made, if that is a link.
        blocked_ = key;
        const auto slash = options_.destination.rfind('/');
        const auto parent = slash == std::string::npos ? std::string{"."}
                            : slash == 0               ? std::string{"/"}
                                                       : options_.destination.substr(0, slash);
        make_directories(parent);
        parent_ = io::open_file(parent, O_RDONLY | O_DIRECTORY);
        // An empty directory gives way to the file that was asked for in its place.
        ::rmdir(options_.destination.c_str());
        return Place{parent_.get(), options_.destination.substr(slash + 1)};
    }
    if (open_.empty()) {
        open_root_directory();
    }
    if (!go_to(naming::parent_of(key))) {
        return std::nullopt;
    }
    current_key_ = key;
    return Place{open_.back().fd.get(), std::string{naming::last_component(key)}};
}

Effect TreeWriter::add_directory(const std::string& key, const tar::Header& header)
{
    current_key_ = key;
    if (is_blocked(key)) {
        return Effect::failed;
    }
    if (open_.empty()) {
        open_root_directory();
    }
    if (options_.replace_types) {
        clear_way_for_directory(key);
    }
    if (!go_to(key)) {
        return Effect::failed;
    }
    current_key_ = key;  // leaving others may have spoken of them
    auto& directory = open_.back();
    struct stat there {};
    if (!directory.is_new && ::fstat(directory.fd.get(), &there) == 0 &&
        !gives_way(options_.overwrite, there, header)) {
        return Effect::left;
    }
    directory.header = header;
    return directory.is_new ? Effect::made : Effect::replaced;
}

void TreeWriter::set_late_metadata()
{
    if (open_.front().header) {
        late_.insert_or_assign("", std::move(*open_.front().header));
        open_.front().header.reset();
    }
    // From the end: of two directories, the outer one has the smaller key.
    for (auto late = late_.rbegin(); late != late_.rend(); ++late) {
        if (!is_blocked(late->first) && go_to(late->first)) {
            current_key_ = late->first;
            metadata_.put(open_.back().fd.get(), late->second, shown(late->first));
        }
    }
}

}  // namespace duplid::operation
