// Any text as an answer of S3, as a file of profiles, or as credentials in JSON: it is understood
// or refused.
#include "storage/io/error.hpp"
#include "storage/remote/s3/credentials.hpp"
#include "storage/remote/s3/profile.hpp"
#include "storage/remote/s3/replies.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace duplid;

namespace {

template <typename Parse>
void expect(Parse parse, Error::Kind refusal)
{
    try {
        static_cast<void>(parse());
    } catch (const Error& error) {
        if (error.kind() != refusal) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    constexpr auto unreachable = Error::Kind::unreachable;
    static_cast<void>(s3::parse_problem(text));
    expect([&] { return s3::parse_page(text, {}); }, unreachable);
    expect([&] { return s3::parse_upload_id(text, {}); }, unreachable);
    expect([&] { return s3::parse_completion(text, {}); }, unreachable);
    expect([&] { return s3::parse_uploads(text, {}); }, unreachable);
    expect([&] { return s3::parse_undeleted(text, {}); }, unreachable);
    expect([&] { return s3::credentials_from_json(text, {}); }, Error::Kind::invalid);
    static_cast<void>(s3::parse_time(text));
    s3::Settings settings;
    s3::take_section(text, "default", settings);
    return 0;
}
