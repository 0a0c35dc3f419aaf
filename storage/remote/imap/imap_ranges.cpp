// Parts of mails: ImapRemote::get_range().
#include "storage/remote/imap/encoding.hpp"
#include "storage/remote/imap/imap_remote.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::imap {

namespace {

/// Lines of 76 characters, the last one possibly shorter: then places in the file are known from
/// places in the mail.
bool has_usual_lines(std::string_view text)
{
    while (text.ends_with('\n') || text.ends_with('\r')) {
        text.remove_suffix(1);
    }
    while (!text.empty()) {
        const auto line = text.substr(0, line_characters);
        text.remove_prefix(line.size());
        if (line.find_first_of("\r\n") != std::string_view::npos ||
            (!text.empty() && !text.starts_with("\r\n"))) {
            return false;
        }
        text.remove_prefix(std::min<std::size_t>(2, text.size()));
    }
    return true;
}

struct Window final : io::Sink {
    std::uint64_t skip = 0;
    std::size_t left = 0;
    io::Bytes content;

    void write(io::ByteView more) override
    {
        const auto over = static_cast<std::size_t>(std::min<std::uint64_t>(skip, more.size()));
        skip -= over;
        const auto wanted = more.subspan(over).first(std::min(left, more.size() - over));
        io::append(content, wanted);
        left -= wanted.size();
    }
};

}  // namespace

// Whole lines of Base64 around the part. Nothing when the mail is not laid out in such lines.
std::optional<io::Bytes> ImapRemote::fetch_lines(Session& session, const Mail& mail,
                                                 std::uint64_t offset, std::size_t bytes) const
{
    const auto line = offset / line_bytes;
    const auto skip = offset % line_bytes;
    const auto lines = (std::uint64_t{bytes} + skip) / line_bytes + 1;
    // IMAP counts in 32 bits.
    constexpr std::uint64_t lines_max = 0xffff'ffffU / line_octets - 1;
    if (line > lines_max || lines > lines_max) {
        return std::nullopt;
    }
    // With the end of the line before, which proves that a line begins here.
    constexpr std::string_view line_end = "\r\n";
    const auto before = line == 0 ? 0 : line_end.size();
    io::MemorySink fetched;
    const auto part =
        fmt::format("<{}.{}>", line * line_octets - before, lines * line_octets + before);
    if (!fetch(session, mail, part, fetched)) {
        return std::nullopt;
    }
    auto text = io::text_of(fetched.view());
    if (before > 0 && !text.starts_with(line_end)) {
        return std::nullopt;
    }
    text.remove_prefix(before);
    if (!has_usual_lines(text)) {
        return std::nullopt;
    }
    Window window;
    window.skip = skip;
    window.left = bytes;
    Base64Decoder decoder{window, mail.name};
    decoder.write(io::view_of(text));
    decoder.finish();
    const bool is_whole =
        !mail.bytes || offset >= *mail.bytes ||
        window.content.size() == std::min<std::uint64_t>(bytes, *mail.bytes - offset);
    return is_whole ? std::optional{std::move(window.content)} : std::nullopt;
}

io::Bytes ImapRemote::get_range(const std::string& name, std::uint64_t offset, std::size_t bytes)
{
    remote::check_name(name);
    {
        Lease session{*this};
        const auto mail = require(*session, name);
        const bool is_nothing = bytes == 0 || (mail.bytes && offset >= *mail.bytes);
        const auto count =
            mail.bytes && !is_nothing
                ? static_cast<std::size_t>(std::min<std::uint64_t>(bytes, *mail.bytes - offset))
                : bytes;
        auto content =
            is_nothing ? std::optional{io::Bytes{}} : fetch_lines(*session, mail, offset, count);
        session.give_back();
        if (content) {
            return *std::move(content);
        }
    }
    Window window;
    window.skip = offset;
    window.left = bytes;
    get(name, window);
    return std::move(window.content);
}

}  // namespace duplid::imap
