// What gpg-exec and those who call it agree on. Used inside this folder only.
#pragma once

namespace duplid::codec {

/// The file beside the name that gpg-exec is called by: the gpg to execute, with its path, then the
/// options to put first, each with a NUL byte at its end.
inline constexpr const char* gpg_exec_words = "gpg-words";

}  // namespace duplid::codec
