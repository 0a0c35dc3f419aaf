// Between the engine's answers about files and those on the wire.
#pragma once

#include "engine/operation/question/changes.hpp"
#include "engine/operation/question/compare.hpp"
#include "engine/operation/question/find_files.hpp"
#include "engine/operation/question/list_files.hpp"
#include "engine/operation/question/versions.hpp"
#include "engine/operation/question/why.hpp"
#include "proto/changes.hpp"
#include "proto/compare.hpp"
#include "proto/file_questions.hpp"
#include "proto/why.hpp"

namespace duplid::daemon {

[[nodiscard]] operation::ListRequest request_from(const proto::ListFilesParams& params);
[[nodiscard]] operation::FindRequest request_from(const proto::FindParams& params);
/// Of a comparison with a directory.
[[nodiscard]] operation::CompareTreeRequest request_from(const proto::CompareParams& params);
[[nodiscard]] operation::WhyRequest request_from(const proto::WhyParams& params);

[[nodiscard]] proto::FileEntry to_wire(const operation::ListedFile& file);
[[nodiscard]] proto::FileEntry to_wire(const operation::FoundFile& file);
[[nodiscard]] proto::VersionEntry to_wire(const operation::PathVersion& version);
[[nodiscard]] proto::ChangeEntry to_wire(const operation::ListedChange& change);
[[nodiscard]] proto::DifferenceEntry to_wire(const operation::PathDifference& difference);
[[nodiscard]] proto::CompareReply to_wire(const operation::CompareOutcome& outcome);
/// `rules`: those of the request.
[[nodiscard]] proto::WhyReply to_wire(const operation::WhyAnswer& answer,
                                      const std::vector<proto::RuleParams>& rules);

}  // namespace duplid::daemon
