// Any text as an IMAP server's answers, a mail's headers and its Base64; and any name there and
// back.
#include "storage/io/error.hpp"
#include "storage/remote/imap/encoding.hpp"
#include "storage/remote/imap/mail.hpp"
#include "storage/remote/imap/response.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace duplid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    static_cast<void>(imap::literal_after(text));
    static_cast<void>(imap::parse_status(text));
    static_cast<void>(imap::parse_search(text));
    static_cast<void>(imap::parse_fetch({std::string{text}, {"one", "two"}}));
    static_cast<void>(imap::parse_heading(text));
    static_cast<void>(imap::decode_header(text));
    if (text.find('\0') == std::string_view::npos &&
        imap::decode_header(imap::encode_header(text)) != text) {
        std::abort();
    }
    io::MemorySink sink;
    imap::Base64Decoder decoder{sink, "x"};
    try {
        decoder.write(io::view_of(text));
        decoder.finish();
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            std::abort();
        }
    }
    std::string lines;
    imap::encode_lines(io::view_of(text), lines);
    if (lines.size() != imap::encoded_octets(size)) {
        std::abort();
    }
    return 0;
}
