#include "engine/select/regexp.hpp"

#include "engine/select/problem.hpp"
#include "engine/select/python_regexp.hpp"

#include <array>
#include <fmt/format.h>
#include <new>
#include <pcre2.h>  // CMakeLists.txt says which width

namespace duplid::select {

namespace {

// About half a second; ordinary expressions take some tens of steps.
constexpr std::uint32_t steps_max = 5'000'000;
constexpr std::uint32_t heap_kib_max = 32 * 1024;
constexpr std::uint32_t nesting_max = 250;

struct FreeCompileContext {
    void operator()(pcre2_compile_context* context) const noexcept
    {
        pcre2_compile_context_free(context);
    }
};

template <typename Pointer>
Pointer checked(Pointer pointer)
{
    if (pointer == nullptr) {
        throw std::bad_alloc{};
    }
    return pointer;
}

std::string message_of(int code)
{
    std::array<unsigned char, 256> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return reinterpret_cast<const char*>(text.data());
}

PCRE2_SPTR units_of(std::string_view text) noexcept
{
    return reinterpret_cast<PCRE2_SPTR>(text.data());
}

}  // namespace

void Regexp::Free::operator()(pcre2_real_code_8* code) const noexcept
{
    pcre2_code_free(code);
}

void Regexp::Free::operator()(pcre2_real_match_context_8* context) const noexcept
{
    pcre2_match_context_free(context);
}

void Regexp::Free::operator()(pcre2_real_match_data_8* data) const noexcept
{
    pcre2_match_data_free(data);
}

Regexp::Regexp(std::string_view python, bool ignore_case) : python_{python}
{
    if (python.size() > bytes_max) {
        throw SelectionError{SelectionProblem::bad_expression, "a regular expression is too long",
                             python_.substr(0, 200)};
    }
    const auto pattern = to_pcre(python);

    const std::unique_ptr<pcre2_compile_context, FreeCompileContext> context{
        checked(pcre2_compile_context_create(nullptr))};
    // Python knows one newline only, whatever this build of PCRE2 prefers.
    pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
    pcre2_set_parens_nest_limit(context.get(), nesting_max);

    const std::uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C |
                                  (ignore_case ? std::uint32_t{PCRE2_CASELESS} : 0U) |
                                  (pattern.unicode_classes ? std::uint32_t{PCRE2_UCP} : 0U);
    int error = 0;
    PCRE2_SIZE where = 0;
    code_.reset(pcre2_compile(units_of(pattern.text), pattern.text.size(), options, &error, &where,
                              context.get()));
    if (!code_) {
        throw SelectionError{SelectionProblem::bad_expression,
                             fmt::format("regular expression '{}': {}", python, message_of(error)),
                             python_};
    }
    limits_.reset(checked(pcre2_match_context_create(nullptr)));
    pcre2_set_match_limit(limits_.get(), steps_max);
    pcre2_set_heap_limit(limits_.get(), heap_kib_max);
    data_.reset(checked(pcre2_match_data_create_from_pattern(code_.get(), nullptr)));
}

bool Regexp::is_found_in(std::string_view path) const
{
    const auto subject = subject_of(path);
    const auto result = pcre2_match(code_.get(), units_of(subject), subject.size(), 0,
                                    PCRE2_NO_UTF_CHECK, data_.get(), limits_.get());
    if (result == PCRE2_ERROR_NOMATCH) {
        return false;
    }
    if (result < 0) {
        throw Error{Error::Kind::invalid,
                    fmt::format("regular expression '{}': {}", python_, message_of(result)),
                    std::string{path}, "write it so that less can repeat"};
    }
    return true;
}

}  // namespace duplid::select
