// What S3's errors mean for whoever asked (backends.md 1.4, 4.1).
#pragma once

#include "storage/io/error.hpp"
#include "storage/remote/s3/call.hpp"
#include "storage/remote/s3/place.hpp"
#include "storage/remote/s3/replies.hpp"

namespace duplid::s3 {

/// By the code in the answer's body, else by its status.
[[nodiscard]] Error error_from_answer(const Call& call, const http::Answer& answer,
                                      const Place& place, const remote::S3Options& options);
/// For a problem that stands in a good answer. Its code decides; an unknown one is unreachable.
[[nodiscard]] Error error_from_problem(const Call& call, const Problem& problem, const Place& place,
                                       const remote::S3Options& options);

[[nodiscard]] Error missing_bucket(const Place& place);

/// Whether other credentials would do.
[[nodiscard]] bool is_expired_session(const Problem& problem);

/// Whether the service does not know how to do what it was asked, so that another way may work.
[[nodiscard]] bool is_not_offered(const http::Answer& answer);

/// --s3-use-glacier and its like: the word of S3 for a class, and the option that asks for it.
struct ClassNames {
    std::string_view word;
    std::string_view option;
};
/// Empty for the standard class.
[[nodiscard]] ClassNames names_of(remote::S3StorageClass storage_class);

}  // namespace duplid::s3
