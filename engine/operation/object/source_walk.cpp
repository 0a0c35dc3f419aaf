#include "engine/operation/object/source_walk.hpp"

#include "engine/naming/index.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <utility>

namespace duplid::operation {

namespace {

constexpr std::uint16_t private_mode = 0600;

std::vector<std::string> paths_of(const std::vector<MadeFile>& made)
{
    std::vector<std::string> paths;
    paths.reserve(made.size());
    for (const auto& file : made) {
        paths.push_back(file.path);
    }
    return paths;
}

/// Of a file that is not there yet, beside `folder`.
select::Metadata file_in(const select::Metadata& folder)
{
    select::Metadata file;
    file.mode = private_mode;
    file.uid = folder.uid;
    file.gid = folder.gid;
    file.device = folder.device;
    file.nlink = 1;
    return file;
}

}  // namespace

Error hidden(const std::string& path)
{
    const auto shown = io::printable(path);
    return {Error::Kind::invalid,
            shown + " is not stored: a file that is made for the backup takes its place", shown,
            "give that one another path, or exclude this"};
}

SourceWalk::SourceWalk(const select::Rules& rules, select::WalkOptions options,
                       const std::vector<MadeFile>& made, SourceListener& listener)
    : rules_{rules}, made_{made}, listener_{listener}, places_{paths_of(made)},
      next_place_{places_.map().begin()}, walker_{rules, options, listener}
{
}

bool SourceWalk::next(select::Entry& entry)
{
    is_found_now_ = false;
    made_now_ = nullptr;
    if (next_place_ == places_.map().end()) {
        if (has_found_) {
            return give_found(entry);
        }
        is_found_now_ = find(entry);
        return is_found_now_;
    }
    has_found_ = has_found_ || find(found_);
    const int order = has_found_ ? next_place_->first.compare(found_.key) : -1;
    if (order == 0) {
        const bool is_folder = !next_place_->second;
        if (is_folder && found_.type == select::Type::directory) {
            ++next_place_;
            return give_found(entry);
        }
        hide();
    }
    return order > 0 ? give_found(entry) : give_place(entry);
}

bool SourceWalk::find(select::Entry& entry)
{
    while (walker_.next(entry)) {
        if (!hidden_ || !naming::is_at_or_below(entry.key, *hidden_)) {
            return true;
        }
    }
    return false;
}

bool SourceWalk::give_found(select::Entry& entry)
{
    if (found_.key.empty() || places_.contains(found_.key)) {
        if (found_.type != select::Type::directory) {
            throw Error{Error::Kind::invalid,
                        "files can be put into a source that is a folder only",
                        io::printable(found_.path)};
        }
        folders_.insert_or_assign(found_.key, static_cast<const select::Metadata&>(found_));
    }
    std::swap(entry, found_);
    has_found_ = false;
    is_found_now_ = true;
    return true;
}

bool SourceWalk::give_place(select::Entry& entry)
{
    const auto& [key, number] = *next_place_;
    // The folder was given before: it sorts before all that is in it.
    const auto& folder = folders_.at(std::string{naming::parent_of(key)});
    if (number) {
        made_now_ = &made_.at(*number);
    } else {
        folders_.insert_or_assign(key, folder);
    }
    static_cast<select::Metadata&>(entry) = number ? file_in(folder) : folder;
    const auto& base = rules_.base();
    entry.key = key;
    entry.path = base + (base.ends_with('/') ? "" : "/") + naming::path_of_key(key);
    entry.link_target.clear();
    ++next_place_;
    return true;
}

void SourceWalk::hide()
{
    listener_.on_hidden(found_.path);
    hidden_ = found_.key;
    has_found_ = false;
}

io::Fd SourceWalk::open_current() const
{
    return made_now_ != nullptr ? made_now_->make() : walker_.open_current();
}

io::Fd SourceWalk::handle_of_current() const
{
    return is_found_now_ ? walker_.handle_of_current() : io::Fd{};
}

}  // namespace duplid::operation
