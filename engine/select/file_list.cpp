#include "engine/select/file_list.hpp"

#include "engine/select/text.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace duplid::select {

io::Bytes read_file_list(const std::string& path)
{
    // Not blocking: a fifo without a writer would hold up the run, where nothing could stop it.
    auto fd = io::open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat facts {};
    if (::fstat(fd.get(), &facts) != 0) {
        throw system_error(errno, "looking at", path);
    }
    if (!S_ISREG(facts.st_mode)) {
        throw Error{Error::Kind::invalid, path + " is not a regular file", path,
                    "write the list to a file first"};
    }
    io::FileSource source{std::move(fd), path};
    try {
        return io::read_all(source, list_bytes_max);
    } catch (const Error& error) {
        throw error.with_context(path);
    }
}

std::vector<ListedGlob> parse_file_list(std::string_view content, bool null_separator,
                                        bool includes)
{
    const char separator = null_separator ? '\0' : '\n';
    std::vector<ListedGlob> globs;
    for (std::size_t number = 1; !content.empty(); ++number) {
        const auto end = content.find(separator);
        auto line = stripped(content.substr(0, end));
        content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
        if (line.empty() || line.front() == '#') {
            continue;
        }
        bool include = includes;
        if (line.starts_with("+ ") || line.starts_with("- ")) {
            include = line.front() == '+';
            line.remove_prefix(2);
        }
        const bool is_quoted = line.size() >= 2 && line.front() == line.back() &&
                               (line.front() == '\'' || line.front() == '"');
        if (is_quoted) {
            line = line.substr(1, line.size() - 2);
        }
        globs.push_back({include, std::string{line}, number});
    }
    return globs;
}

}  // namespace duplid::select
