// Standard input and output of a private instance whose client has lent them.
//
// Whoever is at their other end may take or give nothing for as long as they like, so both wait in
// poll() and give up when the run is stopped.
#pragma once

#include "storage/io/sink.hpp"
#include "storage/io/source.hpp"

#include <stop_token>
#include <utility>

namespace duplid::daemon {

class StandardInput final : public io::Source {
public:
    explicit StandardInput(std::stop_token stop) : stop_{std::move(stop)} {}
    /// Throws: Error cancelled, and what reading gives.
    std::size_t read(io::ByteSpan into) override;

private:
    std::stop_token stop_;
};

class StandardOutput final : public io::Sink {
public:
    explicit StandardOutput(std::stop_token stop);
    /// Throws: Error cancelled, and what writing gives.
    void write(io::ByteView bytes) override;

private:
    std::stop_token stop_;
    std::size_t piece_bytes_;  ///< so many can be written without waiting once poll() says so
};

}  // namespace duplid::daemon
