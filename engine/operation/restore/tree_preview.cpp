#include "engine/operation/restore/tree_preview.hpp"

#include "engine/operation/object/old_content.hpp"

#include <optional>

namespace duplid::operation {

namespace {

class NoSink final : public io::Sink {
public:
    void write(io::ByteView) override {}
};

}  // namespace

Effect TreePreview::add_directory(const std::string& key, const tar::Header& header)
{
    const auto there = view_.find(key);
    if (!there) {
        return view_.is_blocked() ? Effect::failed : Effect::made;
    }
    if (!S_ISDIR(there->facts.st_mode)) {
        return Effect::failed;
    }
    return gives_way(overwrite_, there->facts, header) ? Effect::replaced : Effect::left;
}

Effect TreePreview::add_special(const std::string& key, const tar::Header& header)
{
    const auto there = view_.find(key);
    if (!there) {
        return view_.is_blocked() ? Effect::failed : Effect::made;
    }
    if (!gives_way(overwrite_, there->facts, header)) {
        return Effect::left;
    }
    if (S_ISDIR(there->facts.st_mode)) {
        return Effect::failed;
    }
    const bool is_same = overwrite_ == Overwrite::changed && header.type == tar::Type::symlink &&
                         S_ISLNK(there->facts.st_mode) && TreeView::link_of(*there) == header.link;
    return is_same ? Effect::unchanged : Effect::replaced;
}

Effect TreePreview::add_file(const std::string& key, const tar::Header& header,
                             const WriteContent& write, const CheckContent& /*check*/)
{
    const auto there = view_.find(key);
    if (!there) {
        return view_.is_blocked() ? Effect::failed : Effect::made;
    }
    if (!gives_way(overwrite_, there->facts, header)) {
        return Effect::left;
    }
    if (S_ISDIR(there->facts.st_mode)) {
        return Effect::failed;
    }
    if (overwrite_ == Overwrite::changed && S_ISREG(there->facts.st_mode) &&
        there->facts.st_nlink == 1) {
        if (auto fd = TreeView::open(*there)) {
            NoSink nowhere;
            OldContent old{std::move(fd), there->name, [&]() -> io::Sink& { return nowhere; }};
            write(old);
            old.finish();
            return old.is_same() ? Effect::unchanged : Effect::replaced;
        }
    }
    return Effect::replaced;
}

}  // namespace duplid::operation
