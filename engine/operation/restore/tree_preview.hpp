// What a restore would do, without doing it.
#pragma once

#include "engine/operation/object/tree_view.hpp"
#include "engine/operation/restore/tree_target.hpp"

#include <string>

namespace duplid::operation {

/// Answers as TreeWriter would, as far as the destination as it stands now tells. Writes nothing.
/// Reads a file of the archive only where its content decides (Overwrite::changed).
class TreePreview final : public TreeTarget {
public:
    TreePreview(std::string destination, Overwrite overwrite)
        : view_{std::move(destination)}, overwrite_{overwrite}
    {
    }

    Effect add_directory(const std::string& key, const tar::Header& header) override;
    Effect add_special(const std::string& key, const tar::Header& header) override;
    Effect add_file(const std::string& key, const tar::Header& header, const WriteContent& write,
                    const CheckContent& check) override;
    void finish() override {}

private:
    TreeView view_;
    Overwrite overwrite_;
};

}  // namespace duplid::operation
