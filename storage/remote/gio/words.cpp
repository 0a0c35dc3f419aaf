#include "storage/remote/gio/words.hpp"

#include <algorithm>
#include <array>

namespace duplid::gio {

namespace {

struct Row {
    std::string_view words;
    Meaning meaning;
};

constexpr std::string_view gvfs_hint =
    "is GVfs installed (packages gvfs and gvfs-backends), and does it know such URLs?";
constexpr std::string_view certificate_hint =
    "let this machine trust the certificate's authority, GVfs has no other way";

// The first row that fits counts. Words of GLib 2.74 (the names of its errors, g_strerror) and GVfs
// 1.50 (its backends, and reasons of HTTP and of Samba). Without quotes and apostrophes, which are
// letters beyond ASCII there.
constexpr std::array rows{
    Row{"No space left", {Error::Kind::no_space, {}}},
    Row{"ot enough space", {Error::Kind::no_space, {}}},
    Row{"Insufficient Storage", {Error::Kind::no_space, {}}},
    Row{"uota", {Error::Kind::no_space, {}}},
    Row{"certificate", {Error::Kind::denied, certificate_hint}},
    Row{"ermission denied", {Error::Kind::denied, {}}},
    Row{"ccess denied", {Error::Kind::denied, {}}},
    Row{"not permitted", {Error::Kind::denied, {}}},
    Row{"Unauthorized", {Error::Kind::denied, {}}},
    Row{"Forbidden", {Error::Kind::denied, {}}},
    Row{"uthentication", {Error::Kind::denied, {}}},
    Row{"Host key verification failed", {Error::Kind::denied, {}}},
    Row{"dialog cancelled", {Error::Kind::denied, {}}},
    Row{"ead-only", {Error::Kind::denied, {}}},
    Row{"No such file", {Error::Kind::not_found, {}}},
    Row{"Not Found", {Error::Kind::not_found, {}}},
    Row{"not exist", {Error::Kind::not_found, {}}},
    Row{"not supported", {Error::Kind::invalid, gvfs_hint}},
    Row{"unsupported", {Error::Kind::invalid, gvfs_hint}},
    Row{"not mountable", {Error::Kind::invalid, gvfs_hint}},
    Row{"implement mount", {Error::Kind::invalid, gvfs_hint}},
    Row{"Not a WebDAV", {Error::Kind::invalid, {}}},
};

}  // namespace

Meaning meaning_of(std::string_view words) noexcept
{
    const auto* const found = std::ranges::find_if(
        rows, [&](const Row& row) { return words.find(row.words) != std::string_view::npos; });
    return found == rows.end() ? Meaning{Error::Kind::unreachable, {}} : found->meaning;
}

std::string complaint_in(std::string_view errors)
{
    constexpr std::string_view begin = "gio: ";
    constexpr std::string_view parting = ": ";
    std::string_view last;
    while (!errors.empty()) {
        auto line = errors.substr(0, errors.find('\n'));
        errors.remove_prefix(std::min(line.size() + 1, errors.size()));
        if (!line.starts_with(begin)) {
            continue;
        }
        line.remove_prefix(begin.size());
        const auto url = line.substr(0, line.find(parting));
        if (url.size() < line.size() && url.find("://") != std::string_view::npos) {
            line.remove_prefix(url.size() + parting.size());
        }
        last = line;
    }
    return last.empty() ? "without a word" : std::string{last};
}

}  // namespace duplid::gio
