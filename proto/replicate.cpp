#include "proto/replicate.hpp"

namespace duplid::proto {

namespace {

constexpr std::size_t keys_max = 100;

}  // namespace

void ReplicateParams::describe(Fields& fields)
{
    archive.describe(fields);
    fields.path({"source", "URL of the archive that is copied", true}, source);
    fields.path({"source_name", "directory of its cache; default: derived from its URL"},
                source_name);
    fields.path({"source_file_prefix", "before all its file names"}, source_file_prefix);
    fields.path({"source_file_prefix_archive", "before names of its volumes"},
                source_file_prefix_archive);
    fields.path({"source_file_prefix_manifest", "before names of its manifests"},
                source_file_prefix_manifest);
    fields.path({"source_file_prefix_signature", "before names of its signature files"},
                source_file_prefix_signature);
    fields.member({"source_encryption", "everything there went through OpenPGP"},
                  source_encryption);
    fields.member({.name = "source_encrypt_key", .about = "recipients there", .max = keys_max},
                  source_encrypt_key);
    fields.member({.name = "source_hidden_encrypt_key",
                   .about = "recipients there that are not named",
                   .max = keys_max},
                  source_hidden_encrypt_key);
    fields.member({"source_sign_key", "key id; its signature is demanded"}, source_sign_key);
    fields.member({"source_passphrase", "what opens the source; default: passphrase"},
                  source_passphrase);
    fields.member({"time", "only sets up to then, epoch seconds; default: all"}, time);
    fields.member({"lifetime", "attached: stopped when the connection ends"}, lifetime);
}

}  // namespace duplid::proto
