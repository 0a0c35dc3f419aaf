// Any pax records of an entry: what they say of attributes, links and times is something that can
// be restored, and attributes are read again as they were written.
#include "engine/operation/object/extended_attributes.hpp"
#include "engine/operation/object/hard_links.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/tar/pax.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

using namespace duplid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes)
{
    std::string_view records{reinterpret_cast<const char*>(data), bytes};
    tar::Header header;
    while (!records.empty()) {
        const auto record = tar::take_record(records);
        if (!record) {
            break;
        }
        header.extra.push_back({std::string{record->keyword}, std::string{record->value}});
    }
    const auto attributes = operation::attributes_of(header);
    for (const auto& attribute : attributes) {
        if (!operation::kind_of_attribute(attribute.name) ||
            attribute.name.find('\0') != std::string::npos) {
            std::abort();
        }
    }
    tar::Header again;
    operation::add_attribute_records(attributes, again);
    if (operation::attributes_of(again) != attributes) {
        std::abort();
    }
    if (operation::mtime_ns_of(header) >= 1'000'000'000) {
        std::abort();
    }
    (void)operation::link_group_of(header);
    operation::Owners owners;
    cache::StateRow row;
    operation::put_row(header, "key", owners, true, row);
    return 0;
}
