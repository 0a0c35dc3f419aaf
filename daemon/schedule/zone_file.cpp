// TZif files: RFC 8536. A file holds its data once with times of 32 bits and, from version 2 on,
// once more with 64, behind which a rule says how it goes on for ever.
#include "daemon/schedule/zone.hpp"

#include "storage/io/error.hpp"

#include <algorithm>

namespace duplid::schedule {

class Zone::FileReader {
public:
    FileReader(std::string_view file, std::string name)
        : file_{file}, zone_{std::make_shared<Zone>(Key{}, std::move(name))}
    {
    }

    std::shared_ptr<const Zone> read()
    {
        auto header = take_header();
        std::size_t time_bytes = 4;
        if (header.version >= '2') {
            (void)take(header.data_bytes(time_bytes));
            header = take_header();
            time_bytes = 8;
        }
        take_data(header, time_bytes);
        if (header.version >= '2') {
            take_footer();
        }
        return zone_;
    }

private:
    struct Header {
        char version;
        std::size_t utc_flags, standard_flags, leaps, transitions, offsets, name_bytes;

        [[nodiscard]] std::size_t data_bytes(std::size_t time_bytes) const noexcept
        {
            return transitions * (time_bytes + 1) + offsets * offset_bytes + name_bytes +
                   leaps * (time_bytes + 4) + standard_flags + utc_flags;
        }
    };
    static constexpr std::size_t offset_bytes = 6;

    [[noreturn]] void damaged(const std::string& what) const
    {
        throw Error{Error::Kind::corrupt, "the file of the time zone is damaged: " + what,
                    zone_->name_};
    }

    std::string_view take(std::size_t bytes)
    {
        if (bytes > file_.size()) {
            damaged("it is too short");
        }
        const auto taken = file_.substr(0, bytes);
        file_.remove_prefix(bytes);
        return taken;
    }

    /// A big-endian number with its sign.
    static std::int64_t number_in(std::string_view bytes) noexcept
    {
        std::uint64_t value =
            static_cast<unsigned char>(bytes.front()) >= 0x80 ? ~std::uint64_t{0} : 0;
        for (const char byte : bytes) {
            value = value << 8U | static_cast<unsigned char>(byte);
        }
        return static_cast<std::int64_t>(value);
    }

    std::size_t take_count()
    {
        // More than any file that is read at all could hold, and products stay far from overflow.
        constexpr std::int64_t count_max = 1 << 24;
        const auto count = number_in(take(4));
        if (count < 0 || count > count_max) {
            damaged("a count is impossible");
        }
        return static_cast<std::size_t>(count);
    }

    Header take_header()
    {
        if (take(4) != "TZif") {
            damaged("it does not begin with TZif");
        }
        const char version = take(16).front();
        Header header{version,      take_count(), take_count(), take_count(),
                      take_count(), take_count(), take_count()};
        if (header.offsets == 0) {
            damaged("it has no offset");
        }
        return header;
    }

    void take_data(const Header& header, std::size_t time_bytes)
    {
        if (header.leaps > 0) {
            // The zones below right/, for clocks that count leap seconds, as no system's do today.
            throw Error{Error::Kind::invalid, "this time zone counts leap seconds", zone_->name_,
                        "use the zone of the same name without right/"};
        }
        auto times = take(header.transitions * time_bytes);
        auto indexes = take(header.transitions);
        auto offsets = take(header.offsets * offset_bytes);
        (void)take(header.name_bytes + header.standard_flags + header.utc_flags);

        for (; !offsets.empty(); offsets.remove_prefix(offset_bytes)) {
            constexpr std::int64_t ahead_max = 26 * 3600;
            const auto ahead = number_in(offsets.substr(0, 4));
            if (ahead <= -ahead_max || ahead >= ahead_max) {
                damaged("an offset is impossible");
            }
            zone_->offsets_.push_back({std::chrono::seconds{ahead}, offsets[4] != 0});
        }
        for (; !times.empty(); times.remove_prefix(time_bytes), indexes.remove_prefix(1)) {
            const Transition next{number_in(times.substr(0, time_bytes)),
                                  static_cast<unsigned char>(indexes.front())};
            if (next.offset >= header.offsets) {
                damaged("a change leads nowhere");
            }
            if (!zone_->transitions_.empty() && next.at <= zone_->transitions_.back().at) {
                damaged("its changes are not in order");
            }
            zone_->transitions_.push_back(next);
        }
    }

    void take_footer()
    {
        if (file_.size() < 2 || file_.front() != '\n') {
            damaged("its rule is missing");
        }
        file_.remove_prefix(1);
        const auto rule = file_.substr(0, file_.find('\n'));
        if (rule.size() == file_.size()) {
            damaged("its rule has no end");
        }
        // Empty: nothing is known of the time after the last change, so that it stays as it is.
        if (!rule.empty()) {
            try {
                zone_->rule_ = parse_rule(rule);
            } catch (const Error& error) {
                damaged(error.what());
            }
        }
    }

    std::string_view file_;
    std::shared_ptr<Zone> zone_;
};

std::shared_ptr<const Zone> Zone::read(std::string_view file, std::string name)
{
    return FileReader{file, std::move(name)}.read();
}

}  // namespace duplid::schedule
