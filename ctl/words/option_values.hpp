// Values of options: numbers, times, paths and rules, checked and made absolute.
#pragma once

#include "ctl/words/command_line.hpp"
#include "ctl/words/surroundings.hpp"
#include "proto/backup.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::ctl {

/// The preferred spelling of an option, for messages.
[[nodiscard]] std::string_view name_of(OptionId id);

/// Empty when the option was not given.
[[nodiscard]] std::string text_of(const CommandLine& line, OptionId id);

/// All of these throw: Failure (usage), naming the option.
[[nodiscard]] std::optional<std::uint64_t> number_of(const CommandLine& line, OptionId id,
                                                     std::uint64_t min, std::uint64_t max);
[[nodiscard]] std::uint32_t small_number_of(const CommandLine& line, OptionId id, std::uint64_t min,
                                            std::uint32_t otherwise);

[[nodiscard]] std::string absolute(const std::string& path, const Surroundings& here);
[[nodiscard]] std::string path_of(const CommandLine& line, OptionId id, const Surroundings& here);
/// A program: a name without a slash is looked for in PATH by whoever starts it.
[[nodiscard]] std::string program_of(const CommandLine& line, OptionId id,
                                     const Surroundings& here);

[[nodiscard]] char separator_of(const CommandLine& line);
/// `name` is what a message calls it.
[[nodiscard]] std::int64_t time_from(const std::string& text, const CommandLine& line,
                                     std::string_view name, const Surroundings& here);
[[nodiscard]] std::uint64_t size_from(const std::string& text, OptionId id);
/// The time of any option that takes one; nothing when it was not given.
[[nodiscard]] std::optional<std::int64_t> time_of(const CommandLine& line, OptionId id,
                                                  const Surroundings& here);
/// --time.
[[nodiscard]] std::optional<std::int64_t> time_of(const CommandLine& line,
                                                  const Surroundings& here);

/// Selection options, in the order of the command line.
[[nodiscard]] std::vector<proto::RuleParams> rules_of(const CommandLine& line,
                                                      const Surroundings& here);

/// A path inside the archive: slashes at its ends mean nothing (command-line.md 2.2).
[[nodiscard]] std::string trimmed(const std::string& path);

}  // namespace duplid::ctl
