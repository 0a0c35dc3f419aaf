#include "engine/operation/question/list_files.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/index/file_index.hpp"
#include "engine/operation/question/unfinished_files.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <array>

namespace duplid::operation {

namespace {

/// The least key that is greater than all keys below `key`.
std::string end_of_folder(std::string_view key)
{
    std::string end{key};
    end += '\x01';
    return end;
}

class Lister {
public:
    Lister(const ListRequest& request, std::stop_token stop,
           const std::function<bool(const ListedFile&)>& take)
        : request_{request}, stop_{std::move(stop)}, take_{take}, path_{naming::key_of_path(
                                                                      request.path,
                                                                      Error::Kind::invalid)},
          depth_max_{naming::depth_of(path_) + request.depth.value_or(0)}
    {
        if (!request.after.empty()) {
            after_ = naming::key_of_path(request.after, Error::Kind::invalid);
        }
    }

    void list(cache::FileCursor& cursor)
    {
        cursor.seek(after_ && *after_ >= path_ ? *after_ : path_);
        cache::FileRow row;
        bool found = path_.empty() || after_;
        while (!stop_.stop_requested() && cursor.next(row) &&
               naming::is_at_or_below(row.key, path_)) {
            found = true;
            const auto depth = naming::depth_of(row.key);
            if (request_.depth && depth > depth_max_) {
                // The rest of what lies this deep is in the same folder as this.
                cursor.seek(end_of_folder(naming::first_components(row.key, depth_max_)));
                continue;
            }
            const bool wanted =
                !(after_ && row.key <= *after_) && !(request_.without_path && row.key == path_);
            if (wanted && !give(row)) {
                break;
            }
        }
        if (!found && !stop_.stop_requested()) {
            throw Error{Error::Kind::not_found, "the backup has nothing at this path",
                        io::printable(request_.path)};
        }
    }

    /// For rows that come by themselves, in index order; false when no more is wanted.
    bool offer(const cache::FileRow& row)
    {
        const bool wanted = naming::is_at_or_below(row.key, path_) &&
                            !(after_ && row.key <= *after_) &&
                            !(request_.depth && naming::depth_of(row.key) > depth_max_) &&
                            !(request_.without_path && row.key == path_);
        return !wanted || give(row);
    }

    [[nodiscard]] std::uint64_t files() const noexcept { return files_; }
    [[nodiscard]] bool more() const noexcept { return more_; }

private:
    bool give(const cache::FileRow& row)
    {
        if (request_.limit != 0 && files_ == request_.limit) {
            more_ = true;
            return false;
        }
        put_file(row, file_);
        ++files_;
        return take_(file_);
    }

    const ListRequest& request_;
    std::stop_token stop_;
    const std::function<bool(const ListedFile&)>& take_;
    std::string path_;
    std::size_t depth_max_;
    std::optional<std::string> after_;
    ListedFile file_;
    std::uint64_t files_ = 0;
    bool more_ = false;
};

}  // namespace

ListOutcome list_files(Archive& archive, const ListRequest& request, Monitor& monitor,
                       std::stop_token stop, const std::function<bool(const ListedFile&)>& take)
{
    Lister lister{request, stop, take};
    const auto listing = list_archive(archive);
    const auto* const unfinished = request.unfinished && listing.collection.chains.empty()
                                       ? unfinished_full_set(listing)
                                       : nullptr;
    if (unfinished != nullptr) {
        each_unfinished_file(archive, *unfinished, stop,
                             [&](const auto& row) { return lister.offer(row); });
        return {unfinished->id, lister.files(), lister.more(), 0};
    }
    const std::array chains{&wanted_chain(archive, listing, request.time)};
    return with_index(
        archive,
        [&]() -> ListOutcome {
            const auto ready = ready_index(archive, listing, chains, monitor, stop);
            const auto& chain = ready.chains.front();
            const auto position = position_at(chain, request.time);
            auto cursor = ready.index->state(chain.id, position);
            lister.list(cursor);
            return {chain.chain->sets[static_cast<std::size_t>(position)].id, lister.files(),
                    lister.more(), cursor.steps()};
        },
        [&] { return lister.files() == 0; });
}

}  // namespace duplid::operation
