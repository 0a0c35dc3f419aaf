#include "engine/operation/rdiffdir/signature_chain.hpp"

#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <fmt/format.h>
#include <optional>
#include <utility>

namespace duplid::operation {

namespace {

[[noreturn]] void refuse(const MemberStream& sigtar, const std::string& why)
{
    throw Error{Error::Kind::corrupt, fmt::format("{}: {}", io::printable(sigtar.name()), why),
                sigtar.name()};
}

void check_kind(const MemberStream& sigtar)
{
    const bool is_file = sigtar.header().type == tar::Type::regular;
    const bool is_right = sigtar.kind() == volume::MemberKind::deleted ||
                          (sigtar.kind() == volume::MemberKind::signature && is_file) ||
                          (sigtar.kind() == volume::MemberKind::snapshot && !is_file);
    if (!is_right) {
        refuse(sigtar, fmt::format("this is no signature file: it holds {}",
                                   io::printable(sigtar.header().name)));
    }
}

}  // namespace

SignatureChain::SignatureChain(std::vector<std::unique_ptr<MemberStream>> sigtars)
    : sigtars_{std::move(sigtars)}, has_entry_(sigtars_.size())
{
}

void SignatureChain::advance(std::size_t sigtar)
{
    auto& one = *sigtars_[sigtar];
    const auto before = has_entry_[sigtar] ? std::optional{one.key()} : std::nullopt;
    has_entry_[sigtar] = one.next();
    if (!has_entry_[sigtar]) {
        return;
    }
    if (before && one.key() <= *before) {
        refuse(one, fmt::format("{} is out of order", io::printable(one.header().name)));
    }
    check_kind(one);
}

bool SignatureChain::next()
{
    if (!std::exchange(started_, true)) {
        for (std::size_t i = 0; i < sigtars_.size(); ++i) {
            advance(i);
        }
    }
    do {
        for (const auto sigtar : same_) {
            advance(sigtar);
        }
        same_.clear();
        for (std::size_t i = 0; i < sigtars_.size(); ++i) {
            if (!has_entry_[i]) {
                continue;
            }
            const int order =
                same_.empty() ? -1 : sigtars_[i]->key().compare(sigtars_[newest_]->key());
            if (order < 0) {
                same_.clear();
            }
            if (order <= 0) {
                same_.push_back(i);
                newest_ = i;
            }
        }
    } while (!same_.empty() && sigtars_[newest_]->kind() == volume::MemberKind::deleted);
    return !same_.empty();
}

void SignatureChain::read_signature(io::SpillBuffer& into)
{
    into.clear();
    io::copy(sigtars_[newest_]->data(), into);
}

}  // namespace duplid::operation
