#include "storage/remote/gio/words.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;

TEST_CASE("the last complaint counts, without the URL it is about")
{
    CHECK(gio::complaint_in("gio: sftp://h/x: No such file or directory\n") ==
          "No such file or directory");
    CHECK(gio::complaint_in("\n(gio:7): GLib-GIO-WARNING **: odd: thing\n"
                            "gio: dav://me@h:80/a%20b: HTTP Error: Forbidden\n") ==
          "HTTP Error: Forbidden");
    CHECK(gio::complaint_in("gio: dav://h/a: one\ngio: dav://h/b: two: three\n") == "two: three");
    CHECK(gio::complaint_in("gio: Error reading: from standard input\n") ==
          "Error reading: from standard input");
    CHECK(gio::complaint_in("some other program: failed\n") == "without a word");
    CHECK(gio::complaint_in("") == "without a word");
}

TEST_CASE("complaints are sorted by what a caller can do, and what is not known may pass")
{
    using Kind = Error::Kind;
    struct Row {
        const char* words;
        Kind kind;
    };
    for (const auto& row : {
             Row{"Permission denied", Kind::denied},
             Row{"HTTP Error: Unauthorized", Kind::denied},
             Row{"HTTP Error: Forbidden", Kind::denied},
             Row{"Password dialog cancelled", Kind::denied},
             Row{"Login dialog cancelled", Kind::denied},
             Row{"Host key verification failed", Kind::denied},
             Row{"Unacceptable TLS certificate", Kind::denied},
             Row{"No space left on device", Kind::no_space},
             Row{"HTTP Error: Insufficient Storage", Kind::no_space},
             Row{"Disk quota exceeded", Kind::no_space},
             Row{"No such file or directory", Kind::not_found},
             Row{"HTTP Error: Not Found", Kind::not_found},
             Row{"The file does not exist", Kind::not_found},
             Row{"volume doesn\xe2\x80\x99t implement mount", Kind::invalid},
             Row{"The specified location is not supported", Kind::invalid},
             Row{"Location is not mountable", Kind::invalid},
             Row{"Operation unsupported", Kind::invalid},
             Row{"Not a WebDAV enabled share", Kind::invalid},
             Row{"The specified location is not mounted", Kind::unreachable},
             Row{"Connection refused by server", Kind::unreachable},
             Row{"HTTP Error: Cannot connect to destination", Kind::unreachable},
             Row{"Timed out when logging in", Kind::unreachable},
             Row{"Zugriff verweigert", Kind::unreachable},
         }) {
        CAPTURE(row.words);
        CHECK(gio::meaning_of(row.words).kind == row.kind);
    }
}
