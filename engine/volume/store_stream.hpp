// Writes a stream of any length as one stored file: sigtars and manifests, which are not cut into
// volumes, and volumes whose content is known already.
#pragma once

#include "engine/codec/worker_pool.hpp"
#include "engine/volume/stored_file.hpp"
#include "storage/io/source.hpp"

#include <functional>
#include <memory>
#include <string>

namespace duplid::volume {

/// Cuts `raw` into chunks of `chunk_bytes`, seals them on all workers and joins them in order.
/// Memory is bounded by a few chunks for each worker. Throws: Error; whatever `raw` throws.
[[nodiscard]] StoredFile store_stream(io::Source& raw, const Wrapper& wrapper, io::TempFile spool,
                                      const std::string& name, codec::WorkerPool& pool,
                                      std::size_t chunk_bytes);

/// As store_stream(), of chunks that the caller cuts: `fill` puts the next bytes into the chunk it
/// is given and returns false when there are none. With Form::gpg and an empty first chunk, or one
/// of less than a tar block, the writer would have nothing to frame: such contents are for
/// store_stream(), except tars, which end with blocks of their own (Wrapper::tar_end).
[[nodiscard]] StoredFile store_chunks(const std::function<bool(Chunk&)>& fill,
                                      const Wrapper& wrapper, io::TempFile spool,
                                      const std::string& name, codec::WorkerPool& pool);

}  // namespace duplid::volume
