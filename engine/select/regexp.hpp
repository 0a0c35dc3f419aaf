// One regular expression, in Python's syntax.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct pcre2_real_code_8;
struct pcre2_real_match_context_8;
struct pcre2_real_match_data_8;

namespace duplid::select {

/// Searched anywhere in a path. Uses PCRE2's interpreter, which keeps its state on the heap and
/// counts its steps; not its compiler, which needs memory that is writable and executable.
/// One thread at a time.
class Regexp {
public:
    static constexpr std::size_t bytes_max = std::size_t{64} * 1024;

    /// `ignore_case` is Python's re.IGNORECASE. Throws: SelectionError bad_expression.
    explicit Regexp(std::string_view python, bool ignore_case = false);

    /// Throws: Error invalid when the search takes too many steps or too much memory.
    [[nodiscard]] bool is_found_in(std::string_view path) const;

private:
    struct Free {
        void operator()(pcre2_real_code_8* code) const noexcept;
        void operator()(pcre2_real_match_context_8* context) const noexcept;
        void operator()(pcre2_real_match_data_8* data) const noexcept;
    };

    std::string python_;
    std::unique_ptr<pcre2_real_code_8, Free> code_;
    std::unique_ptr<pcre2_real_match_context_8, Free> limits_;
    std::unique_ptr<pcre2_real_match_data_8, Free> data_;
};

}  // namespace duplid::select
