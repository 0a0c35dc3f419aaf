// Writes a stream of any length as one stored file: sigtars and manifests, which are not cut into
// volumes.
#pragma once

#include "engine/codec/worker_pool.hpp"
#include "engine/volume/stored_file.hpp"
#include "storage/io/source.hpp"

#include <string>

namespace duplid::volume {

/// Cuts `raw` into chunks of `chunk_bytes`, seals them on all workers and joins them in order.
/// Memory is bounded by a few chunks for each worker. Throws: Error; whatever `raw` throws.
[[nodiscard]] StoredFile store_stream(io::Source& raw, const Wrapper& wrapper, io::TempFile spool,
                                      const std::string& name, codec::WorkerPool& pool,
                                      std::size_t chunk_bytes);

}  // namespace duplid::volume
