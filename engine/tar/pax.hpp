// Pax records: `<length> <keyword>=<value>\n`, the length counting all of it, itself included.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace duplid::tar {

/// A record whose text somebody else owns.
struct PaxRecordView {
    std::string_view keyword;
    std::string_view value;
};

/// Takes the first record off the front of `records`, which is not empty. Nothing when it is
/// malformed; `records` is then as it was.
[[nodiscard]] std::optional<PaxRecordView> take_record(std::string_view& records) noexcept;

/// Bytes of a record.
[[nodiscard]] std::size_t record_bytes(PaxRecordView record) noexcept;

/// Writes a record to `out`, which has room for it, and returns the position behind it.
char* put_record(PaxRecordView record, char* out) noexcept;

}  // namespace duplid::tar
