// Questions about files, as bodies: params in, the engine asked, entries and the reply out.
#pragma once

#include "daemon/operations/operations.hpp"
#include "proto/changes.hpp"
#include "proto/compare.hpp"
#include "proto/file_questions.hpp"
#include "proto/why.hpp"

namespace duplid::daemon {

[[nodiscard]] Questions::Body plan(Workshop& workshop, proto::ListFilesParams params,
                                   proto::Json id);
[[nodiscard]] Questions::Body plan(Workshop& workshop, proto::FindParams params, proto::Json id);
[[nodiscard]] Questions::Body plan(Workshop& workshop, proto::VersionsParams params,
                                   proto::Json id);
[[nodiscard]] Questions::Body plan(Workshop& workshop, proto::CompareParams params, proto::Json id);
[[nodiscard]] Questions::Body plan(Workshop& workshop, proto::FileChangedParams params,
                                   proto::Json id);
[[nodiscard]] Questions::Body plan(Workshop& workshop, proto::ChangesInSetParams params,
                                   proto::Json id);
[[nodiscard]] Questions::Body plan(Workshop& workshop, proto::WhyParams params, proto::Json id);

}  // namespace duplid::daemon
