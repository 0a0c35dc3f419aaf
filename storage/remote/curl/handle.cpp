#include "storage/remote/curl/handle.hpp"

#include "storage/io/error.hpp"
#include "storage/io/wiped_memory.hpp"

namespace duplid::curl {

Handle make_handle()
{
    // It copies passwords into handles, connections and requests. Those of handles and connections
    // live as long as these do.
    static const CURLcode ready =
        curl_global_init_mem(CURL_GLOBAL_DEFAULT, io::wiped_malloc, io::wiped_free,
                             io::wiped_realloc, io::wiped_strdup, io::wiped_calloc);
    Handle handle{ready == CURLE_OK ? curl_easy_init() : nullptr};
    if (!handle) {
        throw Error{Error::Kind::internal, "libcurl could not be started"};
    }
    return handle;
}

Lines::~Lines()
{
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
