// The source as a backup sees it: what a walk finds, with files that are made for the backup in
// their places.
#pragma once

#include "engine/operation/object/made_file.hpp"
#include "engine/select/walker.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace duplid::operation {

class SourceListener : public select::WalkListener {
public:
    /// Something of the source is left out, with all below it: a made file takes its place.
    virtual void on_hidden(const std::string& path) = 0;
};

/// What is told of it: a warning, because somebody may miss the file.
[[nodiscard]] Error hidden(const std::string& path);

/// As select::Walker, with these differences: rules do not concern made files, which come in index
/// order among what is found; a folder that leads to one and is not there, or excluded, comes with
/// the metadata of the folder that it is in, so that it changes no more often than that one.
class SourceWalk {
public:
    /// All outlive it. Throws: as select::Walker; Error invalid as MadePlaces.
    SourceWalk(const select::Rules& rules, select::WalkOptions options,
               const std::vector<MadeFile>& made, SourceListener& listener);

    /// Throws: Error invalid for made files in a source that is no folder; what the listener
    /// throws.
    [[nodiscard]] bool next(select::Entry& entry);

    /// Whether next() gave a made file last. Nothing is known of it then but its place: it is made
    /// by open_current().
    [[nodiscard]] bool is_made() const noexcept { return made_now_ != nullptr; }
    /// Throws: as select::Walker; what MadeFile::make throws.
    [[nodiscard]] io::Fd open_current() const;
    /// Empty for what is not in the source.
    [[nodiscard]] io::Fd handle_of_current() const;

private:
    [[nodiscard]] bool find(select::Entry& entry);
    [[nodiscard]] bool give_found(select::Entry& entry);
    [[nodiscard]] bool give_place(select::Entry& entry);
    void hide();

    const select::Rules& rules_;
    const std::vector<MadeFile>& made_;
    SourceListener& listener_;
    MadePlaces places_;
    MadePlaces::Map::const_iterator next_place_;
    select::Walker walker_;
    /// What the walker gave last, while places before it are given. Nothing more is asked of it
    /// meanwhile, so that what is given in the end is still its current entry.
    select::Entry found_;
    bool has_found_ = false;
    std::optional<std::string> hidden_;                  ///< a key: what is found there is left out
    std::map<std::string, select::Metadata> folders_{};  ///< by key, those that lead to places
    bool is_found_now_ = false;                          ///< what was given is of the walker's
    const MadeFile* made_now_ = nullptr;
};

}  // namespace duplid::operation
