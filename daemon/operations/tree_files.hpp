// The files of tree-delta and tree-patch: paths, or the streams that the client has lent.
#pragma once

#include "engine/codec/gzip_sink.hpp"
#include "proto/tree_params.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/source.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace duplid::daemon {

/// What a file is called in messages.
[[nodiscard]] std::string name_of(const proto::TreeFile& file);

/// Throws: Error invalid when it names no file, two, or streams that nobody lent.
void check_tree_file(const proto::TreeFile& file, bool has_lent_streams);

/// Throws: Error.
[[nodiscard]] std::unique_ptr<io::Source> open_tree_input(const proto::TreeFile& file,
                                                          std::stop_token stop);

/// A file that is written, gzipped or not. It is new, and goes again unless it was finished.
class TreeOutput {
public:
    /// Throws: Error; invalid when there is such a file already.
    TreeOutput(const proto::TreeFile& file, bool gzip, std::stop_token stop);
    TreeOutput(const TreeOutput&) = delete;
    TreeOutput& operator=(const TreeOutput&) = delete;
    ~TreeOutput();

    [[nodiscard]] io::Sink& sink() noexcept;
    void finish();

private:
    std::string path_;  ///< empty: of no file, or of one that is finished
    io::Fd fd_;
    std::unique_ptr<io::Sink> plain_;
    std::optional<codec::GzipSink> gzip_;
};

}  // namespace duplid::daemon
