#include "proto/question_progress.hpp"

namespace duplid::proto {

void QuestionProgress::describe(Fields& fields)
{
    fields.member({"request", "id of the request that is being answered", true}, request);
    fields.member({"phase", "what is being done", true}, phase);
    fields.member({"figures", "how far it is", true}, figures);
}

}  // namespace duplid::proto
