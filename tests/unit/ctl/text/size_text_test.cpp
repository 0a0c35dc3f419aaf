#include "ctl/text/size_text.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string_view>

using namespace duplid;

TEST_CASE("sizes are worded as duplicity words them, at each edge of its rounding")
{
    struct Row {
        std::uint64_t bytes;
        std::string_view words;
    };
    // The SourceFileSize line of duplicity 0.8.22 for a source that is one file of that size.
    for (const auto& row :
         {Row{0, "0 bytes"},       Row{1, "1 byte"},         Row{2, "2 bytes"},
          Row{999, "999 bytes"},   Row{1023, "1023 bytes"},  Row{1024, "1.00 KB"},
          Row{1029, "1.00 KB"},    Row{1030, "1.01 KB"},     Row{10229, "9.99 KB"},
          Row{10234, "9.99 KB"},   Row{10235, "10.00 KB"},   Row{10239, "10.00 KB"},
          Row{10240, "10.0 KB"},   Row{10292, "10.1 KB"},    Row{102348, "99.9 KB"},
          Row{102349, "100.0 KB"}, Row{102400, "100 KB"},    Row{102912, "100 KB"},
          Row{1023488, "1000 KB"}, Row{1048063, "1023 KB"},  Row{1048064, "1024 KB"},
          Row{1048575, "1024 KB"}, Row{1048576, "1.00 MB"},  Row{1053819, "1.01 MB"},
          Row{1500322, "1.43 MB"}, Row{11953766, "11.4 MB"}, Row{104805171, "99.9 MB"},
          Row{119537664, "114 MB"}}) {
        CAPTURE(row.bytes);
        CHECK(ctl::size_in_words(row.bytes) == row.words);
    }
}

TEST_CASE("terabytes are the largest unit")
{
    CHECK(ctl::size_in_words(1ULL << 40U) == "1.00 TB");
    CHECK(ctl::size_in_words(1ULL << 50U) == "1024 TB");
    CHECK(ctl::size_in_words(UINT64_MAX) == "16777216 TB");
}

TEST_CASE("a span of time leaves out what is zero and knows the singular")
{
    struct Row {
        double seconds;
        std::string_view words;
    };
    for (const auto& row :
         {Row{0.06, "0.06 seconds"}, Row{1, "1 second"}, Row{61, "1 minute 1 second"},
          Row{120, "2 minutes"}, Row{3600, "1 hour"}, Row{7384.5, "2 hours 3 minutes 4.50 seconds"},
          Row{360000, "100 hours"}, Row{0, "0 seconds"}}) {
        CAPTURE(row.seconds);
        CHECK(ctl::elapsed_in_words(row.seconds) == row.words);
    }
}

TEST_CASE("sizes are typed as bytes or in units of 1024, and as nothing else")
{
    struct Row {
        std::string_view text;
        std::optional<std::uint64_t> bytes;
    };
    for (const auto& row :
         {Row{"0", 0}, Row{"500000", 500'000}, Row{"1K", 1024}, Row{"1k", 1024},
          Row{"100M", 104'857'600}, Row{"2G", 2'147'483'648}, Row{"1t", 1'099'511'627'776},
          Row{"18446744073709551615", UINT64_MAX}, Row{"16777215T", 16'777'215ULL << 40U},
          Row{"16777216T", {}}, Row{"18446744073709551616", {}}, Row{"", {}}, Row{"K", {}},
          Row{"1KB", {}}, Row{"1.5M", {}}, Row{"-1", {}}, Row{" 1", {}}, Row{"1 K", {}}}) {
        CAPTURE(row.text);
        CHECK(ctl::parse_size(row.text) == row.bytes);
    }
}
