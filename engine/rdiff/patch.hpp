// Applies a delta (archive-format.md 6).
#pragma once

#include "storage/io/sink.hpp"
#include "storage/io/source.hpp"

#include <string>

namespace duplid::rdiff {

/// Writes to `out` what `delta` makes of the basis, and does not finish it.
///
/// The basis is a regular file, open for reading in `basis_fd`; its position is neither used nor
/// moved, so several patches may share it. `delta` is read to its end. Memory is bounded whatever
/// the delta says; the output is not, since a short delta may copy the basis many times over:
/// limiting it is up to `out`.
///
/// Throws: Error corrupt when the delta is malformed, cut short, goes on behind its end or copies
/// from outside the basis, whose name is then the Error's object; what was written so far is
/// worthless then. What `delta` and `out` throw passes through.
void patch(int basis_fd, const std::string& basis_name, io::Source& delta, io::Sink& out);

}  // namespace duplid::rdiff
