// What the options that say how a target is reached do to a request.
//
// The reference looks at their values when a target of their kind is opened, and at nothing before
// (as run, with a local target): here the daemon does, and numbers that it would refuse are brought
// into its bounds, so that a script's option for another target ends nothing.
#pragma once

#include "ctl/duplicity/option_words.hpp"
#include "proto/backend_params.hpp"
#include "proto/target_variables.hpp"

namespace duplid::duplicity {

/// For options of the kind OptionId::backend. Throws: UsageError for what is no number.
void apply_backend(const GivenOption& given, proto::BackendParams& params);

/// The kinds of targets that read an option of the kind OptionId::backend.
[[nodiscard]] proto::TargetKinds readers_of(const Option& option) noexcept;

/// More than one of --s3-use-rrs, --s3-use-ia and --s3-use-onezone-ia, which alone the reference
/// refuses.
[[nodiscard]] bool has_several_storage_classes(const proto::BackendParams& params) noexcept;

}  // namespace duplid::duplicity
