// Messages both ways, through what Reader, Writer and the scan of the line make of them.

#include "proto/envelope.hpp"
#include "proto/methods.hpp"
#include "proto/reader.hpp"
#include "proto/writer.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace duplid;
using proto::Json;
using proto::Strictness;

namespace {

template <class Params>
Params over_the_wire(const Params& params)
{
    auto line = proto::request_line(7, "any", proto::write_message(params));
    line.pop_back();
    const auto request = proto::parse_request(std::move(line));
    return proto::read_message<Params>(request.params, Strictness::request, request.secrets);
}

/// The error that reading `text` as params of `Params` ends with.
template <class Params>
proto::RpcError refusal(const std::string& text)
{
    try {
        static_cast<void>(proto::read_message<Params>(Json::parse(text), Strictness::request));
    } catch (const proto::ProtocolError& error) {
        return error.error();
    }
    FAIL("was not refused: " << text);
    return {};
}

}  // namespace

TEST_CASE("backup params arrive as they were sent")
{
    proto::BackupParams sent;
    sent.archive.target = "file:///backup";
    sent.archive.archive_dir = "/cache/\xFF\xFE";
    sent.archive.passphrase = proto::SecretText{"pass \"word\" \xC3\xA4"};
    sent.archive.sign_passphrase = proto::SecretText{"latin-1 \xE4"};
    sent.archive.encrypt_key = {"AAAA", "BBBB"};
    sent.archive.compression = proto::Compression::none;
    sent.archive.num_retries = 9;
    sent.source = "caf\xE9";
    sent.type = proto::BackupType::incremental;
    sent.rules = {{"include", "a\nb", std::nullopt}, {"exclude-older-than", "", 1234}};
    sent.volsize_bytes = 12345;
    sent.lifetime = proto::Lifetime::detached;

    const auto read = over_the_wire(sent);
    CHECK(read.archive.target == sent.archive.target);
    CHECK(read.archive.archive_dir == sent.archive.archive_dir);
    CHECK(read.archive.passphrase.reveal() == sent.archive.passphrase.reveal());
    CHECK(read.archive.sign_passphrase.reveal() == sent.archive.sign_passphrase.reveal());
    CHECK(read.archive.encrypt_key == sent.archive.encrypt_key);
    CHECK(read.archive.compression == proto::Compression::none);
    CHECK(read.archive.num_retries == 9);
    CHECK(read.source == sent.source);
    CHECK(read.type == proto::BackupType::incremental);
    REQUIRE(read.rules.size() == 2);
    CHECK(read.rules[0].value == "a\nb");
    CHECK_FALSE(read.rules[0].time.has_value());
    CHECK(read.rules[1].kind == "exclude-older-than");
    CHECK(read.rules[1].time == 1234);
    CHECK(read.volsize_bytes == 12345);
    CHECK(read.lifetime == proto::Lifetime::detached);
}

TEST_CASE("an empty passphrase is not the same as none")
{
    proto::CollectionStatusParams sent;
    sent.archive.target = "file:///x";
    CHECK_FALSE(over_the_wire(sent).archive.passphrase.is_set());
    sent.archive.passphrase = proto::SecretText{""};
    CHECK(over_the_wire(sent).archive.passphrase.is_set());
}

TEST_CASE("a path that is not UTF-8 travels twice, one that is travels once")
{
    proto::FileEntry entry;
    entry.path = "caf\xE9";
    auto json = proto::write_message(entry);
    CHECK(json["path"] == "caf\xEF\xBF\xBD");
    CHECK(json["path_b64"] == "Y2Fm6Q==");
    entry.path = "caf\xC3\xA9";
    json = proto::write_message(entry);
    CHECK(json["path"] == entry.path);
    CHECK_FALSE(json.contains("path_b64"));
}

TEST_CASE("params that cannot be meant are refused by name, with the nearest known one")
{
    struct Row {
        std::string params;
        std::string object;
        std::string hint;
    };
    for (const auto& row : {
             Row{R"({"target":"u","sorce":"/"})", "source", ""},
             Row{R"({"target":"u","source":"/","volsize":1})", "volsize", ""},
             Row{R"({"target":"u","source":"/","tempdri":"/t"})", "tempdri",
                 "did you mean tempdir?"},
             Row{R"({"source":"/"})", "target", ""},
             Row{R"({"target":1,"source":"/"})", "target", ""},
             Row{R"({"target":"u","source":"/","type":"other"})", "type", ""},
             Row{R"({"target":"u","source":"/","type":"ful"})", "type", ""},
             Row{R"({"target":"u","source":"/","volsize_bytes":-1})", "volsize_bytes", ""},
             Row{R"({"target":"u","source":"/","volsize_bytes":1e3})", "volsize_bytes", ""},
             Row{R"({"target":"u","source":"/","volsize_bytes":18446744073709551615})",
                 "volsize_bytes", ""},
             Row{R"({"target":"u","source":"/","concurrency":0})", "concurrency", ""},
             Row{R"({"target":"u","source":"/","encryption":"yes"})", "encryption", ""},
             Row{R"({"target":"u","source":"/","rules":{}})", "rules", ""},
             Row{R"({"target":"u","source":"/","rules":[1]})", "rules[0]", ""},
             Row{R"({"target":"u","source":"/","rules":[{"kind":"include"},{"knd":"x"}]})",
                 "rules[1].kind", ""},
             Row{R"({"target":"u","source":"/","rules":[{"kind":"include","tim":1}]})",
                 "rules[0].tim", "did you mean time?"},
             Row{R"({"target":"u","source":"/","source_b64":"?"})", "source_b64", ""},
             Row{R"({"target":"u","source":"a\u0000b"})", "source", ""},
             // A number could pass for the place of a secret that the scan took out.
             Row{R"({"target":"u","source":"/","passphrase":0})", "passphrase", ""},
         }) {
        CAPTURE(row.params);
        const auto error = refusal<proto::BackupParams>(row.params);
        CHECK(error.kind == proto::ErrorKind::invalid_params);
        CHECK(error.object == row.object);
        if (!row.hint.empty()) {
            CHECK(error.hint == row.hint);
        }
    }
    CHECK(refusal<proto::BackupParams>("[]").kind == proto::ErrorKind::invalid_params);
}

TEST_CASE("replies of a newer daemon are read: unknown members and words do no harm")
{
    const auto run = proto::read_message<proto::RunSummary>(
        Json::parse(R"({"run":3,"kind":"prune","state":"paused","novelty":[1]})"),
        Strictness::reply);
    CHECK(run.run == 3);
    CHECK(run.kind == proto::RunKind::other);
    CHECK(run.state == proto::RunState::other);
}

TEST_CASE("numbers of a full 64 bits survive where the system gives them")
{
    proto::HelloReply sent;
    sent.root_inode = UINT64_MAX;
    const auto read = proto::read_message<proto::HelloReply>(
        Json::parse(proto::write_message(sent).dump()), Strictness::reply);
    CHECK(read.root_inode == UINT64_MAX);
}

TEST_CASE("a typing mistake gets a suggestion, gibberish does not")
{
    CHECK(proto::nearest("backp", proto::method_names()) == "backup");
    CHECK(proto::nearest("run-lst", proto::method_names()) == "run-list");
    CHECK(proto::nearest("frobnicate", proto::method_names()).empty());
    CHECK(proto::nearest(std::string(1 << 20, 'x'), proto::method_names()).empty());
}
