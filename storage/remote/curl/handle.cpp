#include "storage/remote/curl/handle.hpp"

#include "storage/io/error.hpp"
#include "storage/io/secret.hpp"

#include <cstring>

namespace duplid::curl {

Handle make_handle()
{
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    Handle handle{ready == CURLE_OK ? curl_easy_init() : nullptr};
    if (!handle) {
        throw Error{Error::Kind::internal, "libcurl could not be started"};
    }
    return handle;
}

Lines::~Lines()
{
    for (auto* line = list_; line != nullptr; line = line->next) {
        io::wipe(line->data, std::strlen(line->data));
    }
    curl_slist_free_all(list_);
}

void Lines::add(const std::string& line)
{
    auto* const longer = curl_slist_append(list_, line.c_str());
    if (longer == nullptr) {
        throw Error{Error::Kind::internal, "libcurl had no memory for a line"};
    }
    list_ = longer;
}

HandlePool::Lent HandlePool::lend()
{
    const std::lock_guard guard{mutex_};
    if (idle_.empty()) {
        return {*this, make_handle()};
    }
    auto handle = std::move(idle_.back());
    idle_.pop_back();
    return {*this, std::move(handle)};
}

HandlePool::Lent::~Lent()
{
    if (handle_) {
        const std::lock_guard guard{pool_.mutex_};
        pool_.idle_.push_back(std::move(handle_));
    }
}

}  // namespace duplid::curl
