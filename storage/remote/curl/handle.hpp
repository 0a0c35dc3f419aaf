// libcurl's easy handles: owned, and kept for their connections.
#pragma once

#include <curl/curl.h>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace duplid::curl {

struct HandleEnd {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, HandleEnd>;

/// Initialises libcurl with the first one, with memory that is wiped when libcurl gives it back.
/// Throws: Error internal.
[[nodiscard]] Handle make_handle();

/// Lines that libcurl reads: headers, commands. Wiped when they are freed.
class Lines {
public:
    Lines() = default;
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;
    ~Lines();

    void add(const std::string& line);
    [[nodiscard]] curl_slist* get() const noexcept { return list_; }

private:
    curl_slist* list_ = nullptr;
};

/// Idle handles, each with the connections that it made last. Any thread.
class HandlePool {
public:
    /// A handle to one thread; goes back into the pool with all its connections.
    class Lent {
    public:
        Lent(HandlePool& pool, Handle handle) : pool_{pool}, handle_{std::move(handle)} {}
        Lent(const Lent&) = delete;
        Lent& operator=(const Lent&) = delete;
        ~Lent();
        [[nodiscard]] CURL* get() const noexcept { return handle_.get(); }
        /// Its connections are not to be used again: it is freed instead of put back.
        void discard() noexcept { handle_.reset(); }

    private:
        HandlePool& pool_;
        Handle handle_;
    };

    [[nodiscard]] Lent lend();

private:
    std::mutex mutex_;
    std::vector<Handle> idle_;
};

}  // namespace duplid::curl
