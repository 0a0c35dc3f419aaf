// A mailbox as target: each file a mail (backends.md 3.6).
#pragma once

#include "storage/remote/imap/session.hpp"
#include "storage/remote/options.hpp"
#include "storage/remote/remote.hpp"
#include "storage/remote/url.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace duplid::imap {

/// Files are told apart by their mails' subjects, and from other mails by the sender, which is the
/// URL's path. Of several mails with one name the newest counts; put() removes the older ones once
/// the new one is there. A mail is there wholly or not at all, so no temporary names are needed.
///
/// Sizes are known of mails that we wrote; of duplicity's only where the server counts decoded
/// bytes (BINARY), and in listings not at all.
///
/// Threads: as Remote; each operation has a connection to itself.
class ImapRemote final : public remote::Remote {
public:
    /// Nothing is connected yet. Throws: Error invalid for a URL without user and a mailbox that
    /// cannot be named.
    ImapRemote(const remote::Url& url, const remote::RemoteOptions& options);

    [[nodiscard]] std::vector<remote::Listed> list() override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    [[nodiscard]] bool can_read_ranges() const noexcept override { return true; }
    [[nodiscard]] io::Bytes get_range(const std::string& name, std::uint64_t offset,
                                      std::size_t bytes) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] std::string description() const override { return account_.description; }

private:
    /// A session for one thread; kept for the next one if it ended well.
    class Lease {
    public:
        explicit Lease(ImapRemote& remote) : remote_{remote}, session_{remote.take_session()} {}
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        ~Lease() = default;
        Session& operator*() const noexcept { return *session_; }
        Session* operator->() const noexcept { return session_.get(); }
        /// To be said at the end: one that was left by an exception may be anywhere in its
        /// commands.
        void give_back()
        {
            const std::lock_guard guard{remote_.mutex_};
            remote_.idle_.push_back(std::move(session_));
        }

    private:
        ImapRemote& remote_;
        std::unique_ptr<Session> session_;
    };

    struct Mail {
        std::uint32_t uid;
        std::string name;
        std::optional<std::uint64_t> bytes;
    };

    [[nodiscard]] std::unique_ptr<Session> take_session();
    /// All files' mails, or those of one name; the oldest first.
    [[nodiscard]] std::vector<Mail> find(Session& session,
                                         const std::optional<std::string>& name) const;
    /// Adds those that are files of ours; how many mails the server told of.
    std::size_t look_at(Session& session, const std::vector<std::uint32_t>& uids,
                        const std::optional<std::string>& name, std::vector<Mail>& mails) const;
    [[nodiscard]] std::vector<std::uint32_t> search(Session& session,
                                                    const std::optional<std::string>& name) const;
    void erase(Session& session, const std::vector<std::uint32_t>& uids,
               const std::string& name) const;
    [[nodiscard]] std::uint32_t append(Session& session, const io::TempFile& spool,
                                       const std::string& name) const;
    [[nodiscard]] Mail require(Session& session, const std::string& name) const;
    /// False when the mail went meanwhile.
    [[nodiscard]] bool fetch(Session& session, const Mail& mail, const std::string& part,
                             io::Sink& sink) const;
    [[nodiscard]] std::optional<io::Bytes>
    fetch_lines(Session& session, const Mail& mail, std::uint64_t offset, std::size_t bytes) const;

    remote::RemoteOptions options_;
    std::string mailbox_;
    std::string prefix_;
    Account account_;
    curl::HandlePool pool_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Session>> idle_;
};

/// For the registry.
[[nodiscard]] std::unique_ptr<remote::Remote> open(const remote::Url& url,
                                                   const remote::RemoteOptions& options);

}  // namespace duplid::imap
