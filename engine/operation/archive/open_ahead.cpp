#include "engine/operation/archive/open_ahead.hpp"

#include "engine/codec/session_keys.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <optional>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

/// Batches under way: one whose files are opened, and one that is fetched meanwhile.
constexpr std::size_t batches_max = 2;
/// Heads of messages are short.
constexpr std::uint64_t head_bytes = 64;

/// How many files' keys are derived together; 0 when gpg does that.
std::size_t batch_files_of(const Archive& archive)
{
    const auto& encryption = archive.settings.encryption;
    // With a sign key gpg decrypts in one go, signatures and all; a person's agent is asked by gpg.
    const bool is_ours = encryption && encryption->passphrase.is_set() && !encryption->use_agent &&
                         encryption->sign_key.empty();
    return is_ours ? codec::derived_together() : 0;
}

std::optional<codec::KeyDerivation> derivation_of(const io::Fd& file, const std::string& name)
{
    io::RangeSource head{file.get(), 0, head_bytes, name};
    try {
        return codec::derivation_of(head);
    } catch (const Error&) {
        return std::nullopt;  // whoever opens the file says what is wrong
    }
}

}  // namespace

OpenAhead::OpenAhead(Archive& archive, std::vector<std::string> names)
    : archive_{archive}, names_{std::move(names)}, batch_files_{batch_files_of(archive)}
{
    start();
}

OpenAhead::Batch OpenAhead::fetch_batch(std::size_t first) const
{
    Batch batch;
    std::vector<std::size_t> derived;
    std::vector<codec::KeyDerivation> derivations;
    const auto end = std::min(first + batch_files_, names_.size());
    for (auto i = first; i < end; ++i) {
        batch.files.push_back(fetch(archive_, names_[i]));
        if (const auto derivation = derivation_of(batch.files.back(), names_[i])) {
            derived.push_back(i - first);
            derivations.push_back(*derivation);
        }
    }
    batch.keys.resize(batch.files.size());
    const auto keys = codec::session_keys(derivations, archive_.settings.encryption->passphrase);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        batch.keys[derived[i]] = keys[i];
    }
    return batch;
}

std::shared_future<std::shared_ptr<OpenAhead::Batch>> OpenAhead::batch_of(std::size_t file)
{
    const auto wanted = file / batch_files_;
    while (batches_done_ < wanted) {
        batches_.pop_front();
        ++batches_done_;
    }
    while (batches_.size() < batches_max &&
           (batches_done_ + batches_.size()) * batch_files_ < names_.size()) {
        const auto first = (batches_done_ + batches_.size()) * batch_files_;
        batches_.push_back(std::async(std::launch::async, [this, first] {
                               return std::make_shared<Batch>(fetch_batch(first));
                           }).share());
    }
    return batches_.front();
}

std::unique_ptr<io::Source> OpenAhead::open(const std::string& name, Batch& batch,
                                            std::size_t in_batch) const
{
    auto file = std::move(batch.files[in_batch]);
    const auto& settings = archive_.settings;
    if (batch.keys[in_batch].is_set()) {
        if (auto content =
                codec::open_with_session_key(file.get(), name, batch.keys[in_batch],
                                             *settings.encryption, settings.temp_directory)) {
            return content;
        }
    }
    return open_fetched(archive_, std::move(file), name);
}

void OpenAhead::start()
{
    while (started_ < names_.size() && opening_.size() < archive_.pool.workers()) {
        const auto i = started_++;
        const auto& name = names_[i];
        if (batch_files_ == 0) {
            opening_.push_back(std::async(
                std::launch::async, [this, &name] { return open_from_target(archive_, name); }));
            continue;
        }
        opening_.push_back(std::async(std::launch::async, [this, &name, i, batch = batch_of(i)] {
            return open(name, *batch.get(), i % batch_files_);
        }));
    }
}

std::unique_ptr<io::Source> OpenAhead::next()
{
    const auto& name = names_[started_ - opening_.size()];
    auto opened = std::move(opening_.front());
    opening_.pop_front();
    try {
        auto content = opened.get();
        start();
        return content;
    } catch (const Error& error) {
        throw error.with_context("opening " + name);
    }
}

}  // namespace duplid::operation
