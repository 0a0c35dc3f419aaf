// Files and rules of time zones: whatever they say, questions have answers, and where the clock was
// not changed the wall's time leads back to the moment.
#include "daemon/schedule/zone.hpp"
#include "storage/io/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace schedule = duplid::schedule;

namespace {

void ask(const schedule::Zone& zone)
{
    using namespace std::chrono;
    for (sys_seconds moment = sys_days{1969y / 12 / 1}; moment < sys_days{2200y / 1 / 1};
         moment += days{97} + 1234s) {
        const auto ahead = zone.at(moment).ahead;
        const schedule::Zone::Wall wall{moment.time_since_epoch() + ahead};
        if (zone.moment_of(wall, ahead) != moment) {
            std::abort();
        }
        (void)zone.moment_of(wall, ahead + 1h);
        (void)zone.moment_of(wall, ahead - 1h, schedule::Zone::Skipped::later);
    }
}

template <class Make>
void if_it_is_read(Make make)
{
    try {
        ask(*make());
    } catch (const duplid::Error& error) {
        if (error.kind() != duplid::Error::Kind::invalid &&
            error.kind() != duplid::Error::Kind::corrupt) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if_it_is_read([&] { return schedule::Zone::read(text, "fuzz"); });
    if_it_is_read([&] { return schedule::Zone::of_rule(text); });
    return 0;
}
