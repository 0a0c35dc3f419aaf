// Files that are larger than one object may be: segments, and a manifest that stands for all.
//
// Format facts: backends.md 4.5. Segments of "container/name" are in "container_segments", called
// "name/slo/TIME/BYTES/SEGMENT/NUMBER" with a static manifest and "name/TIME/BYTES/SEGMENT/NUMBER"
// with a dynamic one, as OpenStack's client and so the reference have it.
#pragma once

#include "storage/remote/swift/service.hpp"

#include <string>
#include <vector>

namespace duplid::swift {

/// How a file is cut: into `segments` of `segment_bytes`, the last one possibly shorter.
struct Cut {
    std::uint64_t segment_bytes = 0;
    std::uint64_t segments = 0;

    friend bool operator==(const Cut&, const Cut&) = default;
};
/// Segments are as large as wanted, larger where a manifest could not name so many.
[[nodiscard]] Cut cut_of(std::uint64_t file_bytes, std::uint64_t segment_bytes,
                         const Abilities& abilities);

/// One object, whole or in segments. One thread.
class LargeObject {
public:
    /// `name` is the object's whole name, `file` for messages.
    LargeObject(Service& service, std::string container, std::string name, std::string file);

    /// The segments behind what stands there now; none when it is no large object or not there.
    /// Only those that are where segments of this object are kept: a manifest may name any object
    /// of the account, and what is returned will be deleted. `head` is the answer to a HEAD of it.
    [[nodiscard]] std::vector<std::string> segments_now(const http::Answer& head);

    /// Uploads segments, then the manifest, which makes the object appear at once; segments that
    /// were uploaded in vain are deleted. Throws: Error.
    void put(const curl::FilePart& file);

    /// Deletes segments ("/container/name") that nothing refers to any more. What cannot be deleted
    /// is left, which `options().notice()` says.
    void delete_segments(const std::vector<std::string>& paths);

private:
    [[nodiscard]] http::Request request(std::string method, std::string url,
                                        std::string_view doing) const;
    [[nodiscard]] std::vector<std::string> listed(const std::string& prefix);
    void make_container();
    void put_static(const std::vector<std::string>& entries);
    void put_dynamic(const std::string& directory, std::uint64_t bytes);

    Service& service_;
    std::string container_;
    std::string segments_container_;
    std::string name_;
    std::string file_;
};

[[nodiscard]] bool is_large_object(const http::Answer& answer) noexcept;

}  // namespace duplid::swift
