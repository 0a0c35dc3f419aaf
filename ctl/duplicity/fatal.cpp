#include "ctl/duplicity/fatal.hpp"

#include <fmt/format.h>

namespace duplid::duplicity {

Fatal command_line_error(const std::string& message)
{
    return Fatal{
        ErrorCode::command_line,
        fmt::format("Command line error: {}\nEnter 'duplicity --help' for help screen.", message)};
}

Fatal exception_error(const std::string& class_name, const std::string& text)
{
    return Fatal{ErrorCode::exception, fmt::format("{}: {}", class_name, text), {class_name}};
}

}  // namespace duplid::duplicity
