// A target that is another one: a base for the decorators of tests, and a way to lend a target to
// something that wants to own it.
#pragma once

#include "storage/remote/remote.hpp"

namespace duplid::support {

/// `next` must outlive it.
class ForwardingRemote : public remote::Remote {
public:
    explicit ForwardingRemote(remote::Remote& next) noexcept : next_{next} {}

    std::vector<remote::Listed> list() override { return next_.list(); }
    io::TempFile make_spool(const std::string& name, const std::string& temp_directory) override
    {
        return next_.make_spool(name, temp_directory);
    }
    void put(io::TempFile& spool, const std::string& name) override { next_.put(spool, name); }
    void get(const std::string& name, io::Sink& sink) override { next_.get(name, sink); }
    [[nodiscard]] bool can_read_ranges() const noexcept override { return next_.can_read_ranges(); }
    io::Bytes get_range(const std::string& name, std::uint64_t offset, std::size_t bytes) override
    {
        return next_.get_range(name, offset, bytes);
    }
    std::optional<io::Fd> open_local(const std::string& name) override
    {
        return next_.open_local(name);
    }
    void remove(std::span<const std::string> names) override { next_.remove(names); }
    [[nodiscard]] bool can_rename() const noexcept override { return next_.can_rename(); }
    void rename(const std::string& from, const std::string& to) override { next_.rename(from, to); }
    std::optional<std::uint64_t> size_of(const std::string& name) override
    {
        return next_.size_of(name);
    }
    [[nodiscard]] std::string description() const override { return next_.description(); }
    std::optional<std::uint64_t> free_bytes() override { return next_.free_bytes(); }

private:
    remote::Remote& next_;
};

/// What a test gives away as std::unique_ptr<Remote> while it keeps the target itself.
class LentRemote final : public ForwardingRemote {
public:
    using ForwardingRemote::ForwardingRemote;
};

}  // namespace duplid::support
