#include "storage/remote/s3/replies.hpp"

#include "storage/io/error.hpp"
#include "storage/io/text.hpp"
#include "storage/remote/http/percent.hpp"
#include "storage/remote/http/xml.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace duplid::s3 {

namespace {

using http::XmlNode;

constexpr std::string_view name_space = "http://s3.amazonaws.com/doc/2006-03-01/";

XmlNode parse(std::string_view text, std::string_view expected, const std::string& object)
{
    auto root = http::parse_xml(text, object);
    // By name alone: not every server writes the namespace.
    if (root.name != expected) {
        throw Error{Error::Kind::unreachable,
                    fmt::format("the server answers <{}> where <{}> is due",
                                io::printable(root.name), expected),
                    object};
    }
    return root;
}

Problem problem_of(const XmlNode& node)
{
    return {std::string{node.text_of("Code")}, std::string{node.text_of("Message")},
            std::string{node.text_of("Region")}, std::string{node.text_of("Endpoint")}};
}

// encoding-type=url is the encoding of forms: Amazon writes a blank as '+', others as %20, and a
// plus always is %2B.
std::string form_decoded(std::string_view text)
{
    std::string blanks{text};
    std::ranges::replace(blanks, '+', ' ');
    return http::percent_decoded(blanks);
}

std::uint64_t bytes_of(std::string_view text)
{
    std::uint64_t bytes = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    return !text.empty() && problem == std::errc{} && end == text.data() + text.size()
               ? bytes
               : remote::unknown_bytes;
}

}  // namespace

Problem parse_problem(std::string_view text)
{
    try {
        const auto root = http::parse_xml(text, {});
        return root.name == "Error" ? problem_of(root) : Problem{};
    } catch (const Error&) {
        return {};  // a proxy's page, or nothing at all
    }
}

Page parse_page(std::string_view text, const std::string& object)
{
    const auto root = parse(text, "ListBucketResult", object);
    const bool is_encoded = root.text_of("EncodingType") == "url";
    const auto decoded = [&](std::string_view key) {
        return is_encoded ? form_decoded(key) : std::string{key};
    };
    Page page;
    for (const auto& child : root.children) {
        if (child.name == "Contents") {
            page.objects.push_back(
                {decoded(child.text_of("Key")), bytes_of(child.text_of("Size"))});
        }
    }
    page.is_truncated = root.text_of("IsTruncated") == "true";
    page.token = root.text_of("NextContinuationToken");
    page.marker = decoded(root.text_of("NextMarker"));
    if (page.marker.empty() && !page.objects.empty()) {
        page.marker = page.objects.back().name;
    }
    return page;
}

std::string parse_upload_id(std::string_view text, const std::string& object)
{
    const auto root = parse(text, "InitiateMultipartUploadResult", object);
    std::string id{root.text_of("UploadId")};
    if (id.empty()) {
        throw Error{Error::Kind::unreachable, "the server gives an upload no id", object};
    }
    return id;
}

std::string parse_completion(std::string_view text, const std::string& object)
{
    return std::string{parse(text, "CompleteMultipartUploadResult", object).text_of("ETag")};
}

std::vector<OpenUpload> parse_uploads(std::string_view text, const std::string& object)
{
    const auto root = parse(text, "ListMultipartUploadsResult", object);
    const bool is_encoded = root.text_of("EncodingType") == "url";
    std::vector<OpenUpload> uploads;
    for (const auto& child : root.children) {
        if (child.name == "Upload") {
            const auto key = child.text_of("Key");
            uploads.push_back({is_encoded ? form_decoded(key) : std::string{key},
                               std::string{child.text_of("UploadId")},
                               std::string{child.text_of("Initiated")}});
        }
    }
    return uploads;
}

std::vector<Undeleted> parse_undeleted(std::string_view text, const std::string& object)
{
    const auto root = parse(text, "DeleteResult", object);
    std::vector<Undeleted> left;
    for (const auto& child : root.children) {
        if (child.name == "Error") {
            left.push_back({std::string{child.text_of("Key")}, problem_of(child)});
        }
    }
    return left;
}

std::string completion_body(std::span<const std::string> tags)
{
    auto body = fmt::format("<CompleteMultipartUpload xmlns=\"{}\">", name_space);
    for (std::size_t i = 0; i < tags.size(); ++i) {
        body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>&quot;{}&quot;</ETag></Part>",
                            i + 1, http::xml_escaped(tags[i]));
    }
    return body + "</CompleteMultipartUpload>";
}

std::string deletion_body(std::span<const std::string> keys)
{
    // Quiet: only failures are answered.
    auto body = fmt::format("<Delete xmlns=\"{}\"><Quiet>true</Quiet>", name_space);
    for (const auto& key : keys) {
        body += fmt::format("<Object><Key>{}</Key></Object>", http::xml_escaped(key));
    }
    return body + "</Delete>";
}

std::string creation_body(std::string_view location)
{
    return location.empty()
               ? std::string{}
               : fmt::format("<CreateBucketConfiguration xmlns=\"{}\"><LocationConstraint>{}"
                             "</LocationConstraint></CreateBucketConfiguration>",
                             name_space, http::xml_escaped(location));
}

bool fits_into_xml(std::string_view key) noexcept
{
    return io::is_utf8(key) && std::ranges::none_of(key, [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
           });
}

}  // namespace duplid::s3
