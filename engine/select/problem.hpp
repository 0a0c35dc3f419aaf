// What can be wrong with a list of selection rules.
#pragma once

#include "storage/io/error.hpp"

#include <string>

namespace duplid::select {

/// The number is the error code that duplicity reports (command-line.md 3.2 and 6.4), so that a
/// drop-in can end with the same one.
enum class SelectionProblem {
    list_not_opened = 7,       ///< a file list cannot be read
    cannot_match = 14,         ///< a glob can match nothing below the source
    bad_expression = 15,       ///< a glob or regular expression is malformed
    redundant_inclusion = 16,  ///< the last rule includes, which says nothing: that is the default
    redundant_filter = 70,     ///< nothing but filters that say what is so anyway
    trailing_filter = 71,      ///< the last option is a filter, behind which nothing comes
    absolute_files_from = 72,  ///< a name in a list of files is absolute
    empty_files_from = 73      ///< a list of files names nothing
};

/// An Error of kind invalid (for a list: of the kind that opening it gave) that also says which
/// check failed. Error::with_context() returns a plain Error, so read problem() first.
class SelectionError : public Error {
public:
    SelectionError(SelectionProblem problem, const std::string& text, std::string object,
                   std::string hint = {}, Kind kind = Kind::invalid)
        : Error{kind, text, std::move(object), std::move(hint)}, problem_{problem}
    {
    }

    [[nodiscard]] SelectionProblem problem() const noexcept { return problem_; }

private:
    SelectionProblem problem_;
};

}  // namespace duplid::select
