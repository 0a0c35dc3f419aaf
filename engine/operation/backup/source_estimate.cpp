#include "engine/operation/backup/source_estimate.hpp"

#include "engine/select/rule.hpp"
#include "engine/select/walker.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <fmt/format.h>
#include <string>
#include <string_view>

namespace duplid::operation {

namespace {

constexpr std::string_view meta_key = "source_totals";

/// The walk that reads is the one that tells.
class Deaf final : public select::WalkListener {
public:
    void on_unreadable(const std::string& /*path*/, const Error& /*error*/) override {}
    void on_vanished(const std::string& /*path*/) override {}
    void on_socket(const std::string& /*path*/) override {}
};

bool is_list(const select::RuleOption& option) noexcept
{
    using Kind = select::RuleOption::Kind;
    return option.kind == Kind::include_filelist || option.kind == Kind::exclude_filelist ||
           option.kind == Kind::files_from;
}

/// Two numbers with a blank between them, as remember_totals() writes them.
std::optional<SourceTotals> totals_from(std::string_view text)
{
    SourceTotals totals;
    const char* const end = text.data() + text.size();
    const auto files = std::from_chars(text.data(), end, totals.files);
    if (files.ec != std::errc{} || files.ptr == end || *files.ptr != ' ') {
        return std::nullopt;
    }
    const auto bytes = std::from_chars(files.ptr + 1, end, totals.bytes);
    return bytes.ec == std::errc{} && bytes.ptr == end ? std::optional{totals} : std::nullopt;
}

}  // namespace

std::optional<SourceTotals> known_totals(cache::Catalog& catalog)
{
    const auto text = catalog.meta(meta_key);
    return text ? totals_from(*text) : std::nullopt;
}

void remember_totals(cache::Catalog& catalog, const SourceTotals& totals) noexcept
{
    try {
        catalog.set_meta(meta_key, fmt::format("{} {}", totals.files, totals.bytes));
    } catch (const std::exception&) {
        // The backup is complete; a forecast is not worth a warning.
    }
}

SourceEstimate::SourceEstimate(const BackupRequest& request, std::optional<SourceTotals> known,
                               std::chrono::milliseconds patience_before_walk)
    : request_{request}, known_{known}, walk_from_{std::chrono::steady_clock::now() +
                                                   patience_before_walk},
      may_walk_{std::ranges::none_of(request.rules, is_list)}
{
}

std::optional<SourceTotals> SourceEstimate::totals()
{
    if (known_) {
        return known_;
    }
    if (has_walked_) {
        known_ = walked_;
        return known_;
    }
    if (may_walk_ && std::chrono::steady_clock::now() >= walk_from_) {
        may_walk_ = false;
        walk_ = std::jthread{[this](const std::stop_token& stop) { walk(stop); }};
    }
    return std::nullopt;
}

void SourceEstimate::walk(const std::stop_token& stop) noexcept
{
    try {
        // Others than those of the reading walk: they have scratch space inside.
        const select::Rules rules{request_.rules, select::normal_source(request_.source),
                                  request_.rule_settings};
        Deaf listener;
        select::Walker walker{rules, select::WalkOptions{request_.copy_links}, listener};
        select::Entry entry;
        while (walker.next(entry)) {
            if (stop.stop_requested()) {
                return;
            }
            ++walked_.files;
            walked_.bytes += entry.size;
        }
        has_walked_ = true;
    } catch (const std::exception&) {
        // Then there is no guess.
    }
}

}  // namespace duplid::operation
