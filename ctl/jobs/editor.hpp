// A file that the user changes in an editor, on a copy.
#pragma once

#include "ctl/process/failure.hpp"

#include <string>

namespace duplid::ctl {

/// The copy lies in a directory of its own below $TMPDIR, which only the user may enter, and goes
/// with this object.
class EditedCopy {
public:
    /// Throws: Failure when `file` cannot be read.
    explicit EditedCopy(const std::string& file);
    EditedCopy(const EditedCopy&) = delete;
    EditedCopy& operator=(const EditedCopy&) = delete;
    ~EditedCopy();

    /// Opens it in $VISUAL, $EDITOR or vi and waits for its end. Whether the text is another than
    /// at the beginning. Throws: Failure when the editor fails.
    [[nodiscard]] bool edit();
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// Shows what is wrong and asks whether to edit on; false without a terminal.
    [[nodiscard]] bool ask_again(const Failure& failure) const;

private:
    std::string directory_;
    std::string path_;
    std::string original_;
    std::string text_;
};

}  // namespace duplid::ctl
