#include "proto/tree_params.hpp"

namespace duplid::proto {

namespace {

constexpr std::uint64_t signatures_max = 1000;
constexpr std::uint64_t blocksize_max = 1 << 20;

}  // namespace

void TreeFile::describe(Fields& fields)
{
    fields.path({"path", "a relative one starts where the daemon stands"}, path);
    fields.member({"standard", "instead of a path: standard input or output"}, standard);
}

void TreeDeltaParams::describe(Fields& fields)
{
    fields.path({"directory", "what is compared, as the user typed it", true}, directory);
    fields.path({"working_directory", "where the caller stands, absolute"}, working_directory);
    fields.member({.name = "signatures",
                   .about = "of what the directory was, oldest first; none: of nothing",
                   .max = signatures_max},
                  signatures);
    fields.member({"delta", "written: what has changed"}, delta);
    fields.member({"signature", "written: signatures of what has changed"}, signature);
    fields.member({"gzip", "compress what is written"}, gzip);
    fields.member({.name = "rules", .about = "selection, in order", .max = rules_max}, rules);
    fields.member({"null_separator", "lists of files are separated by NUL"}, null_separator);
    fields.member({.name = "max_blocksize",
                   .about = "longest block of signatures",
                   .min = 1,
                   .max = blocksize_max},
                  max_blocksize);
    fields.path({"tempdir", "for temporary files"}, tempdir);
    fields.member({"tell_objects", "tell what is added, changed or deleted, as `object` events"},
                  tell_objects);
    fields.member({"lifetime", "attached: stopped when the connection ends"}, lifetime);
}

void TreePatchParams::describe(Fields& fields)
{
    fields.path({"directory", "what is patched; made if it is not there", true}, directory);
    fields.member({"delta", "what has changed", true}, delta);
    fields.member({"tell_objects", "tell what is patched, as `object` events"}, tell_objects);
    fields.member({"lifetime", "attached: stopped when the connection ends"}, lifetime);
}

}  // namespace duplid::proto
