#include "ctl/setup/undo.hpp"

namespace duplid::setup {

Undo::~Undo()
{
    take_back();
}

void Undo::take_back() noexcept
{
    while (!steps_.empty()) {
        const auto step = std::move(steps_.back());
        steps_.pop_back();
        try {
            step();
        } catch (...) {  // see add()
        }
    }
}

}  // namespace duplid::setup
