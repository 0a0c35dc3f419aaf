// The include and exclude rules of one backup, and what they say about a path.
//
// Semantics: command-line.md 6 (order, globs, scan, lists, checks); every case of
// tests/golden/selection.json holds. Where we differ on purpose is in README.md.
#pragma once

#include "engine/select/entry.hpp"
#include "engine/select/problem.hpp"
#include "storage/io/bytes.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace duplid::select {

/// One selection option as the command line or a job has it.
struct RuleOption {
    enum class Kind {
        include,                    ///< value: a glob, unless a filter says otherwise
        exclude,                    ///< value: a glob, unless a filter says otherwise
        include_filelist,           ///< value: the name of a list of such
        exclude_filelist,           ///< value: the name of a list of such
        include_regexp,             ///< value: a regular expression in Python's syntax
        exclude_regexp,             ///< value: a regular expression in Python's syntax
        exclude_device_files,       ///< no value
        exclude_if_present,         ///< value: a file name
        exclude_other_filesystems,  ///< no value
        exclude_older_than,         ///< time, seconds since 1970
        // of duplicity 3.x, wherever they stand; together they name all that is stored:
        files_from,  ///< value: the name of a list of paths relative to the source
        named_path,  ///< value: such a path
        // of duplicity 3.x, no value: what the values of include and exclude, and the lines of
        // their lists, mean from here on, and whether case matters in them and in regular
        // expressions. Otherwise globs, and it does.
        filter_globbing,
        filter_literal,
        filter_regexp,
        filter_ignorecase,
        filter_strictcase,
        // duplid's own:
        exclude_caches,       ///< no value
        exclude_larger_than,  ///< bytes
        exclude_nodump,       ///< no value
    };

    Kind kind = Kind::exclude;
    std::string value = {};
    std::int64_t time = 0;
    std::uint64_t bytes = 0;
};

struct RuleSettings {
    /// --null-separator: the lines of lists end in NUL instead of LF.
    bool null_separator = false;
    /// Gives the content of a list; empty means: read that file (read_file_list).
    /// What it throws as Error becomes SelectionProblem::list_not_opened.
    std::function<io::Bytes(const std::string& name)> lists = {};
};

/// Answers what rules ask of the file system: marks that somebody left there for backups to see.
/// What cannot be looked at bears no mark. Throws: Error, when looking failed half-way.
class MarkerProbe {
public:
    MarkerProbe() = default;
    MarkerProbe(const MarkerProbe&) = delete;
    MarkerProbe& operator=(const MarkerProbe&) = delete;
    virtual ~MarkerProbe() = default;

    /// Whether the directory contains an entry `name`, of any type, a dangling link too.
    [[nodiscard]] virtual bool contains(const std::string& name) const = 0;
    /// Whether the directory contains a CACHEDIR.TAG with its signature.
    [[nodiscard]] virtual bool has_cache_tag() const = 0;
    /// Whether the object has the file attribute "d" of chattr(1).
    [[nodiscard]] virtual bool is_nodump() const = 0;
};

/// What rules may want to know of a path besides its name.
struct Facts {
    Type type = Type::regular;
    std::int64_t mtime = 0;         ///< seconds since 1970
    std::uint64_t size = 0;         ///< of regular files
    bool other_filesystem = false;  ///< st_dev differs from that of the source
    /// Asked only while a marker rule is being evaluated; may be null.
    const MarkerProbe* markers = nullptr;
};

enum class Verdict {
    include,
    exclude,
    scan,  ///< not to be stored for itself, but something below may be
};

/// Where a rule was said.
struct RuleOrigin {
    std::size_t option = 0;  ///< which of the options, from 0
    std::size_t line = 0;    ///< of the list that the option names, from 1; 0: it is no list
};

/// A verdict with the rule behind it.
struct Reason {
    Verdict verdict = Verdict::include;
    std::optional<RuleOrigin> origin = {};  ///< nothing: no rule included or excluded the path
    std::string description = {};           ///< the rule in duplicity's words
};

/// Compiled rules. Reading them changes scratch space inside: one thread at a time.
class Rules {
public:
    /// `options` in command-line order; `base` is the source argument as the Walker gets it (see
    /// normal_source). Throws: SelectionError; Error from `settings.lists` never passes through.
    Rules(std::span<const RuleOption> options, std::string base, const RuleSettings& settings = {});
    Rules(Rules&&) noexcept;
    Rules& operator=(Rules&&) noexcept;
    Rules(const Rules&) = delete;
    Rules& operator=(const Rules&) = delete;
    ~Rules();

    /// `path` is `base`, '/', relative path; never the base itself, which is always included.
    /// Throws: Error invalid when a regular expression needs too many steps for this path.
    [[nodiscard]] Verdict decide(std::string_view path, const Facts& facts) const;

    /// The rule that decided on include or exclude, in duplicity's words, e.g.
    /// "Command-line exclude glob: **.o"; nothing when no rule did. Throws: as decide().
    [[nodiscard]] std::optional<std::string> why(std::string_view path, const Facts& facts) const;

    /// What decide() says, and because of which rule. A scan has none of its own: it is due to an
    /// include of something below. Throws: as decide().
    [[nodiscard]] Reason explain(std::string_view path, const Facts& facts) const;

    /// The source these rules were made for.
    [[nodiscard]] const std::string& base() const noexcept { return base_; }

private:
    class List;

    std::string base_;
    std::unique_ptr<List> list_;
};

/// A source argument as duplicity compares it with rules: '.' components, doubled and trailing
/// slashes removed, ".." kept, not made absolute ("./a//b/" becomes "a/b", "" and "./" become
/// "."). Learnt from the debug records of 0.8.22.
[[nodiscard]] std::string normal_source(std::string_view argument);

}  // namespace duplid::select
