// How far a question is that takes long: a comparison, or one that has to read signatures first.
#pragma once

#include "proto/field.hpp"
#include "proto/run.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace duplid::proto {

/// Notification "progress", before the reply to the request with that id; none for a question that
/// is answered at once. Figures only grow within a phase.
struct QuestionProgress {
    Json request;
    std::string phase;
    ProgressFigures figures;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
