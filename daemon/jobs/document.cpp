#include "daemon/jobs/document.hpp"

#include "proto/text.hpp"

#include <algorithm>

namespace duplid::jobs {

namespace {

using proto::Json;

struct LineColumn {
    std::uint64_t line;
    std::uint64_t column;
};

LineColumn position_of(std::string_view text, std::size_t at)
{
    const auto before = text.substr(0, std::min(at, text.size()));
    const auto last_break = before.rfind('\n');
    return {static_cast<std::uint64_t>(std::ranges::count(before, '\n')) + 1,
            before.size() - (last_break == std::string_view::npos ? 0 : last_break + 1) + 1};
}

std::string joined(const std::string& part, std::string_view name)
{
    return part.empty() ? std::string{name} : part + "." + std::string{name};
}

[[noreturn]] void refuse(std::string_view text, const std::string& file, std::size_t at,
                         std::string cause, std::string hint = {})
{
    const auto [line, column] = position_of(text, at);
    Problem problem;
    problem.file = file;
    problem.line = line;
    problem.column = column;
    problem.cause = std::move(cause);
    problem.hint = std::move(hint);
    throw ProblemError{std::move(problem)};
}

/// Walks over text that the library has read without complaint, which keeps no positions.
class Indexer {
public:
    using Put = std::function<void(std::string part, LineColumn where)>;

    Indexer(std::string_view text, const std::string& file, Put put)
        : text_{text}, file_{file}, put_{std::move(put)}
    {
    }

    void index()
    {
        if (text_.starts_with("\xEF\xBB\xBF")) {
            at_ = 3;
        }
        skip_blanks();
        value("", 0);
    }

private:
    void skip_blanks()
    {
        while (at_ < text_.size()) {
            const auto rest = text_.substr(at_);
            if (rest.starts_with("//")) {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (rest.starts_with("/*")) {
                at_ = std::min(text_.find("*/", at_ + 2), text_.size() - 2) + 2;
            } else if (std::string_view{" \t\r\n"}.find(rest.front()) != std::string_view::npos) {
                ++at_;
            } else {
                return;
            }
        }
    }

    /// The raw text of the string at the current position, which moves behind it.
    std::string_view string()
    {
        const auto begin = at_++;
        while (at_ < text_.size() && text_[at_] != '"') {
            at_ += text_[at_] == '\\' ? 2 : 1;
        }
        at_ = std::min(at_ + 1, text_.size());
        return text_.substr(begin, at_ - begin);
    }

    void value(const std::string& part, std::size_t depth)
    {
        if (depth > depth_max) {
            refuse(text_, file_, at_,
                   "more than " + std::to_string(depth_max) + " levels of nesting");
        }
        const char first = at_ < text_.size() ? text_[at_] : '\0';
        if (first == '{') {
            object(part, depth);
        } else if (first == '[') {
            list(part, depth);
        } else if (first == '"') {
            static_cast<void>(string());
        } else {
            at_ = std::min(text_.find_first_of(",]} \t\r\n/", at_), text_.size());
        }
    }

    void object(const std::string& part, std::size_t depth)
    {
        std::vector<std::string> names;
        for (++at_; next('}');) {
            const auto begin = at_;
            const auto name = Json::parse(string()).get<std::string>();
            if (std::ranges::find(names, name) != names.end()) {
                refuse(text_, file_, begin, "\"" + proto::to_utf8(name) + "\" is there twice");
            }
            names.push_back(name);
            const auto inner = joined(part, name);
            put_(inner, position_of(text_, begin));
            skip_blanks();
            ++at_;  // the colon
            skip_blanks();
            value(inner, depth + 1);
        }
    }

    void list(const std::string& part, std::size_t depth)
    {
        std::size_t index = 0;
        for (++at_; next(']');) {
            const auto inner = part + "[" + std::to_string(index++) + "]";
            put_(inner, position_of(text_, at_));
            value(inner, depth + 1);
        }
    }

    /// Goes to the next item; false, and behind the bracket, at the end.
    bool next(char end)
    {
        skip_blanks();
        if (at_ < text_.size() && text_[at_] == ',') {
            ++at_;
            skip_blanks();
        }
        if (at_ >= text_.size() || text_[at_] == end) {
            at_ = std::min(at_ + 1, text_.size());
            return false;
        }
        return true;
    }

    std::string_view text_;
    const std::string& file_;
    Put put_;
    std::size_t at_ = 0;
};

void take_nulls_out(Json& object)
{
    for (auto item = object.begin(); item != object.end();) {
        if (item->is_null()) {
            item = object.erase(item);
            continue;
        }
        if (item->is_object()) {
            take_nulls_out(*item);
        }
        ++item;
    }
}

/// What the library says, without its numbers: "[json.exception.parse_error.101] parse error at
/// line 3, column 5: syntax error while ...".
std::string cause_of(const Json::parse_error& error)
{
    const std::string_view text{error.what()};
    const auto column = text.find("column ");
    const auto colon = text.find(": ", column == std::string_view::npos ? 0 : column);
    return proto::to_utf8(colon == std::string_view::npos ? text : text.substr(colon + 2));
}

Json parsed(std::string_view text, const std::string& file)
{
    if (text.size() > proto::job_text_bytes_max) {
        refuse(text, file, 0,
               "larger than " + std::to_string(proto::job_text_bytes_max) + " bytes");
    }
    try {
        auto value = Json::parse(text.begin(), text.end(), nullptr, true, true);
        if (!value.is_object()) {
            refuse(text, file, 0, "this is no JSON object", "it begins with { and ends with }");
        }
        return value;
    } catch (const Json::parse_error& error) {
        // The library counts the bytes it has read, with the one that it did not want.
        const auto at = error.byte > 0 ? error.byte - 1 : 0;
        const auto before = text.substr(0, std::min(at, text.size()));
        const auto last = before.find_last_not_of(" \t\r\n");
        const bool comma = last != std::string_view::npos && before[last] == ',';
        refuse(text, file, at, cause_of(error),
               comma ? "the last item of an object or list has no comma behind it" : "");
    }
}

}  // namespace

Document::Document(std::string_view text, const std::string& file) : value_(parsed(text, file))
{
    places_[""] = {file, 1, 1};
    Indexer{text, file,
            [this, &file](std::string part, LineColumn where) {
                places_[std::move(part)] = {file, where.line, where.column};
            }}
        .index();
}

Place Document::place_of(std::string_view part) const
{
    while (true) {
        if (const auto found = places_.find(part); found != places_.end()) {
            return found->second;
        }
        if (part.empty()) {
            return {};
        }
        const auto end = part.find_last_of(".[");
        part = part.substr(0, end == std::string_view::npos ? 0 : end);
    }
}

Problem Document::problem_at(std::string_view part, std::string cause, std::string hint) const
{
    const auto place = place_of(part);
    Problem problem;
    problem.file = place.file;
    problem.line = place.line;
    problem.column = place.column;
    problem.cause = std::move(cause);
    problem.hint = std::move(hint);
    return problem;
}

void Document::merge(const Document& upper)
{
    if (const auto whole = upper.places_.find(""); whole != upper.places_.end()) {
        places_[""] = whole->second;
    }
    merge_object(value_, upper.value_, "", upper.places_);
}

void Document::merge_object(Json& into, const Json& from, const std::string& part,
                            const Places& places)
{
    for (const auto& [name, value] : from.items()) {
        const auto inner = joined(part, name);
        const bool merges = value.is_object() && into.contains(name) && into[name].is_object();
        if (!merges) {
            into.erase(name);
            erase_places(inner);
        }
        if (const auto place = places.find(inner); place != places.end()) {
            places_[inner] = place->second;
        }
        if (value.is_object()) {
            if (!merges) {
                into[name] = Json::object();
            }
            merge_object(into[name], value, inner, places);
            continue;
        }
        into[name] = value;
        for (auto place = places.lower_bound(inner + "[");
             place != places.end() && place->first.starts_with(inner + "["); ++place) {
            places_.insert(*place);
        }
    }
}

void Document::erase_places(const std::string& part)
{
    std::erase_if(places_, [&part](const auto& entry) {
        const auto& name = entry.first;
        return name == part || name.starts_with(part + ".") || name.starts_with(part + "[");
    });
}

void Document::strip()
{
    take_nulls_out(value_);
}

Document Document::member(const std::string& name) const
{
    Document inner;
    inner.places_[""] = place_of(name);
    if (!value_.contains(name)) {
        return inner;
    }
    if (!value_[name].is_object()) {
        throw ProblemError{problem_at(name, "\"" + name + "\" must be an object")};
    }
    inner.value_ = value_[name];
    for (const auto& [part, place] : places_) {
        if (part.starts_with(name + ".")) {
            inner.places_[part.substr(name.size() + 1)] = place;
        }
    }
    return inner;
}

void Document::erase(const std::string& name)
{
    value_.erase(name);
    erase_places(name);
}

}  // namespace duplid::jobs
