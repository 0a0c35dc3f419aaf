// A JSON file with comments, as people write it: its value, and where each part of it stands.
#pragma once

#include "proto/jobs.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace duplid::jobs {

using Problem = proto::ConfigProblem;

/// Objects and lists inside each other. Nothing of ours needs more than four.
inline constexpr std::size_t depth_max = 16;

/// Something wrong in a file that somebody wrote.
class ProblemError : public std::runtime_error {
public:
    explicit ProblemError(Problem problem)
        : std::runtime_error{problem.cause}, problem_{std::move(problem)}
    {
    }
    [[nodiscard]] const Problem& problem() const noexcept { return problem_; }

private:
    Problem problem_;
};

struct Place {
    std::string file;
    std::uint64_t line = 0;    ///< from 1; 0: the file as a whole
    std::uint64_t column = 0;  ///< from 1, in bytes
};

/// Parts are named as proto's reader names them in its errors: "schedule.calendar",
/// "select[2].exclude"; "" is the whole. A value.
class Document {
public:
    /// An empty object that stands nowhere.
    Document() = default;
    /// Throws: ProblemError for text that is not a JSON object, for a member that is there twice,
    /// and beyond depth_max.
    Document(std::string_view text, const std::string& file);

    [[nodiscard]] const proto::Json& value() const noexcept { return value_; }
    /// Of a part, or of the nearest one around it that is there.
    [[nodiscard]] Place place_of(std::string_view part) const;
    [[nodiscard]] Problem problem_at(std::string_view part, std::string cause,
                                     std::string hint = {}) const;

    /// Lays `upper` over this: objects are merged, everything else is replaced, lists too.
    void merge(const Document& upper);
    /// Takes out members that are null: with these, an upper layer takes away what a lower one
    /// says. To be called when all layers are there.
    void strip();
    /// A member as a document of its own; empty when it is not there. It keeps its places.
    /// Throws: ProblemError when it is no object.
    [[nodiscard]] Document member(const std::string& name) const;
    void erase(const std::string& name);

private:
    using Places = std::map<std::string, Place, std::less<>>;

    void merge_object(proto::Json& into, const proto::Json& from, const std::string& part,
                      const Places& places);
    void erase_places(const std::string& part);

    proto::Json value_ = proto::Json::object();
    Places places_;
};

}  // namespace duplid::jobs
