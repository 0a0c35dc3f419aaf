// A target in memory.
#pragma once

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/remote/remote.hpp"

#include <algorithm>
#include <map>
#include <mutex>

namespace duplid::support {

/// Behaves like a well-mannered object store: puts are atomic, ranges can be read, nothing is
/// local.
class MemoryRemote final : public remote::Remote {
public:
    std::vector<remote::Listed> list() override
    {
        const std::lock_guard guard{mutex_};
        std::vector<remote::Listed> names;
        for (const auto& [name, content] : files_) {
            names.push_back({name, content.size()});
        }
        return names;
    }

    void put(io::TempFile& spool, const std::string& name) override
    {
        remote::check_name(name);
        io::RangeSource source{spool.fd(), 0, spool.bytes(), name};
        io::MemorySink content;
        io::copy(source, content);
        set(name, content.take());
    }

    void get(const std::string& name, io::Sink& sink) override { sink.write(content_of(name)); }

    [[nodiscard]] bool can_read_ranges() const noexcept override { return true; }

    io::Bytes get_range(const std::string& name, std::uint64_t offset, std::size_t bytes) override
    {
        const auto content = content_of(name);
        const auto begin = std::min<std::uint64_t>(offset, content.size());
        const auto count = std::min<std::uint64_t>(bytes, content.size() - begin);
        const auto range = io::ByteView{content}.subspan(begin, count);
        return {range.begin(), range.end()};
    }

    void remove(std::span<const std::string> names) override
    {
        const std::lock_guard guard{mutex_};
        for (const auto& name : names) {
            remote::check_name(name);
            files_.erase(name);
        }
    }

    std::optional<std::uint64_t> size_of(const std::string& name) override
    {
        remote::check_name(name);
        const std::lock_guard guard{mutex_};
        const auto found = files_.find(name);
        return found == files_.end() ? std::nullopt : std::optional{found->second.size()};
    }

    [[nodiscard]] std::string description() const override { return "memory:"; }

    /// The content of a file, for a test to look at. Throws: Error not_found.
    [[nodiscard]] io::Bytes content_of(const std::string& name)
    {
        remote::check_name(name);
        const std::lock_guard guard{mutex_};
        const auto found = files_.find(name);
        if (found == files_.end()) {
            throw Error{Error::Kind::not_found, "no such file: " + name, name};
        }
        return found->second;
    }

    /// Puts a file there, or damages one, behind everybody's back.
    void set(const std::string& name, io::Bytes content)
    {
        const std::lock_guard guard{mutex_};
        files_[name] = std::move(content);
    }

private:
    std::mutex mutex_;
    std::map<std::string, io::Bytes> files_;
};

}  // namespace duplid::support
