#include "daemon/hooks/webhook.hpp"

#include <doctest/doctest.h>

using namespace duplid;

TEST_CASE("a word goes below the path of a URL, before its query")
{
    struct Row {
        const char* url;
        const char* expected;
    };
    for (const auto& row :
         {Row{"https://hc-ping.com/uuid", "https://hc-ping.com/uuid/start"},
          Row{"https://hc-ping.com/uuid/", "https://hc-ping.com/uuid/start"},
          Row{"https://h.example/ping/slug?create=1", "https://h.example/ping/slug/start?create=1"},
          Row{"https://h.example/p#part", "https://h.example/p/start#part"}}) {
        CAPTURE(row.url);
        CHECK(hooks::with_path(row.url, "start") == row.expected);
    }
}
