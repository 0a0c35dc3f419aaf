// The one exception of duplid. Its kind says what a caller can do about it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace duplid {

/// A value that belongs to an error, under a name that does not change: what a program needs of it
/// that would otherwise have to be cut out of the sentence.
struct ErrorFact {
    std::string name;   ///< a word: path, volume, expected, errno, ...
    std::string value;  ///< any bytes

    friend bool operator==(const ErrorFact&, const ErrorFact&) = default;
};

/// Thrown by value, caught by reference, in few places (see style.md, "Errors are exceptions").
///
/// The text is lower case, without a full stop, and gains context at folder borders by
/// with_context(). It never holds a secret. Copyable and safe to move between threads.
class Error : public std::runtime_error {
public:
    enum class Kind {
        unreachable,   ///< the target or a helper did not answer: trying again may help
        corrupt,       ///< what was read is not what was written: distrust that file
        not_found,     ///< a name that was asked for does not exist
        denied,        ///< rights or credentials do not suffice
        no_space,      ///< a file system or the target is full
        wrong_secret,  ///< a passphrase or key does not open what it should
        invalid,       ///< the request, or a file that somebody wrote by hand, makes no sense
        busy,          ///< somebody else is at work here
        cancelled,     ///< stopped on request
        internal,      ///< our own mistake, or a library's
    };

    /// `object` names the file, path, URL (without password) or key concerned; `hint` says what
    /// a person can do. Both may be empty.
    Error(Kind kind, const std::string& text, std::string object = {}, std::string hint = {});

    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    [[nodiscard]] const std::string& object() const noexcept { return object_; }
    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }
    /// A stable word that says which error of its kind this is, where some program must know;
    /// mostly empty. All words there are stand in proto/error.hpp.
    [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
    [[nodiscard]] const std::vector<ErrorFact>& facts() const noexcept { return facts_; }
    /// The value of the first fact of that name, or null.
    [[nodiscard]] const std::string* fact(std::string_view name) const noexcept;

    /// The same error, its text preceded by "context: ".
    [[nodiscard]] Error with_context(std::string_view context) const;
    /// The same error, with these facts behind those it has.
    [[nodiscard]] Error with_facts(std::vector<ErrorFact> facts) const;
    [[nodiscard]] Error with_detail(std::string detail, std::vector<ErrorFact> facts = {}) const;

private:
    Kind kind_;
    std::string object_;
    std::string hint_;
    std::string detail_;
    std::vector<ErrorFact> facts_;
};

/// The name of a kind as JSON and logs show it, e.g. "not_found".
[[nodiscard]] std::string_view name_of(Error::Kind kind) noexcept;

/// An Error for a failed system call, its kind chosen from `error_number` (ENOENT: not_found;
/// EACCES, EPERM, EROFS: denied; ENOSPC, EDQUOT, EFBIG: no_space; EIO and the errors of
/// network file systems: unreachable; else `otherwise`). Its fact `errno` is the number.
[[nodiscard]] Error system_error(int error_number, const std::string& doing, std::string object,
                                 Error::Kind otherwise = Error::Kind::internal);

}  // namespace duplid
