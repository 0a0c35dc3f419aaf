// A stored file in one of the OpenPGP forms.
#pragma once

#include "engine/volume/chunk_pipe.hpp"
#include "engine/volume/stored_file.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/file.hpp"

#include <exception>
#include <thread>

namespace duplid::volume {

/// A thread of its own gives gpg the chunks and takes what it makes of them.
class GpgWriter final : public StoredFileWriter {
public:
    GpgWriter(const Wrapper& wrapper, io::TempFile spool, std::string name, ChunkStore& store);
    ~GpgWriter() override;

    void add(std::unique_ptr<Chunk> chunk) override;
    void close() override;
    StoredFile finish() override;

private:
    void end_tar();
    void run() noexcept;

    Wrapper wrapper_;
    io::TempFile spool_;
    io::FdSink file_;
    io::DigestSink out_;
    ChunkPipe pipe_;
    bool empty_ = true;
    std::exception_ptr failure_;  // written by the thread, read after it was joined
    std::thread thread_;          // last: it uses all of the above
};

}  // namespace duplid::volume
