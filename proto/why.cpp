#include "proto/why.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::array fates{
    Choice{static_cast<int>(Fate::stored), "stored"},
    Choice{static_cast<int>(Fate::left_out), "left_out"},
    Choice{static_cast<int>(Fate::scanned), "scanned"},
    Choice{static_cast<int>(Fate::other), "other"},
};

}  // namespace

std::span<const Choice> choices_of(Fate) noexcept
{
    return fates;
}

void WhyParams::describe(Fields& fields)
{
    fields.path({"working_directory", "absolute; what relative paths start from"},
                working_directory);
    fields.path({"source", "what would be backed up, as the user typed it", true}, source);
    fields.path({"path", "what is asked about", true}, path);
    fields.member({.name = "rules", .about = "selection, in order", .max = rules_max}, rules);
    fields.member({"null_separator", "lists of files are separated by NUL"}, null_separator);
}

void WhyReply::describe(Fields& fields)
{
    fields.member({"fate", "stored, left_out, or scanned for something below it", true}, fate);
    fields.path({"path", "as rules see it", true}, path);
    fields.member({"exists", "on the disk", true}, exists);
    fields.path({"decided_at", "the path, or a directory above it that is left out", true},
                decided_at);
    fields.member({"number", "which of the rules decided, from 1; none: the default"}, number);
    fields.member({"line", "of the list that the rule names, from 1"}, line);
    fields.member({"option", "the rule that decided"}, option);
    fields.path({"rule", "in words"}, rule);
}

}  // namespace duplid::proto
