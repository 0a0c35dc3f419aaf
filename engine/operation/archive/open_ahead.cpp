#include "engine/operation/archive/open_ahead.hpp"

#include "engine/codec/session_keys.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <optional>
#include <sys/stat.h>
#include <utility>

namespace duplid::operation {

namespace {

/// Batches under way: one whose files are opened, and one that is fetched meanwhile.
constexpr std::size_t batches_max = 2;
/// Files beyond those that are being opened.
constexpr std::size_t waiting_max = 8;
/// Of the directory for temporary files, which may lie in memory.
constexpr std::uint64_t waiting_bytes_max = std::uint64_t{64} << 20U;
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

OpenTurns::Limits limits_of(const Archive& archive, std::size_t batch_files)
{
    OpenTurns::Limits limits;
    limits.at_once = archive.pool.workers();
    // The first gpg that needs a secret key starts the agent, if none runs. Others that want to do
    // the same meanwhile look every 50 ms and more whether they may (GnuPG's dotlock).
    limits.at_first = archive.settings.encryption && batch_files == 0 ? 1 : limits.at_once;
    limits.waiting_bytes = waiting_bytes_max;
    return limits;
}

std::uint64_t bytes_of(const io::Fd& file)
{
    struct stat facts {};
    return ::fstat(file.get(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

}  // namespace

OpenAhead::OpenAhead(Archive& archive, std::vector<std::string> names)
    : archive_{archive}, names_{std::move(names)},
      batch_files_{batch_files_of(archive)}, turns_{limits_of(archive, batch_files_)}
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

OpenAhead::SharedBatch OpenAhead::batch_of(std::size_t file)
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

std::unique_ptr<io::Source> OpenAhead::open_derived(io::Fd file, const std::string& name,
                                                    const io::Secret& key) const
{
    const auto& settings = archive_.settings;
    if (key.is_set()) {
        if (auto content = codec::open_with_session_key(file.get(), name, key, *settings.encryption,
                                                        settings.temp_directory)) {
            return content;
        }
    }
    return open_fetched(archive_, std::move(file), name);
}

OpenAhead::Opened OpenAhead::open(std::size_t file, const SharedBatch& batch) const
{
    const auto& name = names_[file];
    if (!batch.valid()) {
        auto fetched = fetch(archive_, name);
        const auto bytes = bytes_of(fetched);
        return {open_fetched(archive_, std::move(fetched), name), bytes};
    }
    auto& files = *batch.get();
    auto& fetched = files.files[file % batch_files_];
    const auto bytes = bytes_of(fetched);
    return {open_derived(std::move(fetched), name, files.keys[file % batch_files_]), bytes};
}

OpenAhead::Opened OpenAhead::open_in_turn(std::size_t file, const SharedBatch& batch)
{
    if (!turns_.begin(file)) {
        return {};  // nobody reads it
    }
    try {
        auto opened = open(file, batch);
        turns_.opened(opened.bytes);
        return opened;
    } catch (...) {
        turns_.opened(0);
        throw;
    }
}

void OpenAhead::start()
{
    while (started_ < names_.size() && opening_.size() < archive_.pool.workers() + waiting_max) {
        const auto file = started_++;
        opening_.push_back(
            std::async(std::launch::async,
                       [this, file, batch = batch_files_ == 0 ? SharedBatch{} : batch_of(file)] {
                           return open_in_turn(file, batch);
                       }));
    }
}

std::unique_ptr<io::Source> OpenAhead::next()
{
    const auto& name = names_[started_ - opening_.size()];
    auto opening = std::move(opening_.front());
    opening_.pop_front();
    try {
        auto opened = opening.get();
        turns_.taken(opened.bytes);
        start();
        return std::move(opened.content);
    } catch (const Error& error) {
        throw error.with_context("opening " + name);
    }
}

}  // namespace duplid::operation
