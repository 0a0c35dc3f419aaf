// The waiting inside a gpgme operation. Used inside this folder only.
//
// gpgme can wait by itself, but waits for ever (and at full speed) when gpg dies while the pipe to
// it is full: poll(2) then reports an error on that pipe and no room, and only room is what
// gpgme 1.18 looks at. Here an error counts as news: gpgme then writes, learns that nobody reads,
// and ends.
#pragma once

#include <memory>
#include <vector>

struct gpgme_context;

namespace duplid::codec {

/// Runs the operations of one context, one after the other, in the thread that calls.
class GpgmeLoop {
public:
    /// Tells `context`, which this object must outlive, to wait here.
    explicit GpgmeLoop(gpgme_context* context);
    GpgmeLoop(const GpgmeLoop&) = delete;
    GpgmeLoop& operator=(const GpgmeLoop&) = delete;
    ~GpgmeLoop();

    /// Waits for the operation whose gpgme_op_..._start() gave `start_code`, and returns the code
    /// that the operation ended with. Throws: Error internal when the system cannot wait.
    [[nodiscard]] unsigned finish(unsigned start_code);

private:
    struct Watch;

    static unsigned on_add(void* self, int fd, int is_read, unsigned (*handler)(void*, int),
                           void* handler_data, void** tag) noexcept;
    static void on_remove(void* tag) noexcept;
    void turn();

    std::vector<std::unique_ptr<Watch>> watches_;
    bool is_done_ = false;
    unsigned code_ = 0;
};

}  // namespace duplid::codec
