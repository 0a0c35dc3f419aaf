#include "engine/operation/object/old_content.hpp"

#include "storage/io/file.hpp"
#include "storage/io/source.hpp"

#include <algorithm>

namespace duplid::operation {

namespace {

constexpr std::size_t compare_bytes = std::size_t{128} << 10U;

}  // namespace

void OldContent::begin_new()
{
    new_ = &begin_new_();
    io::RangeSource same{old_.get(), 0, same_bytes_, name_};
    io::copy(same, *new_);
}

void OldContent::write(io::ByteView bytes)
{
    while (new_ == nullptr && !bytes.empty()) {
        buffer_.resize(std::min(bytes.size(), compare_bytes));
        const auto got = io::pread_full(old_.get(), buffer_, same_bytes_, name_);
        if (got < buffer_.size() || !std::equal(buffer_.begin(), buffer_.end(), bytes.begin())) {
            begin_new();
            break;
        }
        same_bytes_ += got;
        bytes = bytes.subspan(got);
    }
    if (new_ != nullptr) {
        new_->write(bytes);
    }
}

void OldContent::finish()
{
    buffer_.resize(1);
    if (new_ == nullptr && io::pread_full(old_.get(), buffer_, same_bytes_, name_) > 0) {
        begin_new();
    }
}

}  // namespace duplid::operation
