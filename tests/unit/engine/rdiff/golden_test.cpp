// Signatures and deltas as duplicity 0.8.22 wrote them, against the contents it stored beside them.
#include "engine/rdiff/delta.hpp"
#include "engine/rdiff/patch.hpp"
#include "engine/rdiff/signature.hpp"
#include "engine/tar/reader.hpp"
#include "storage/io/digest.hpp"
#include "tests/unit/engine/rdiff/librsync_oracle.hpp"
#include "tests/unit/engine/tar/archive_files.hpp"

#include <fstream>
#include <map>
#include <sstream>

using namespace duplid;

namespace {

/// Data by prefix and path, blocks of one file joined: `snapshot/a`, not `multivol_snapshot/a/1`.
using Contents = std::map<std::string, io::Bytes>;

Contents contents_of(const std::vector<std::string>& archives)
{
    Contents contents;
    for (const auto& path : archives) {
        const auto archive = test::gunzip(path);
        io::ViewSource source{archive};
        tar::Reader reader{source};
        for (tar::Header header; reader.next(header);) {
            if (header.type != tar::Type::regular) {
                continue;
            }
            auto name = header.name;
            if (name.starts_with("multivol_")) {
                name = name.substr(9, name.rfind('/') - 9);
            }
            io::Bytes data(header.size);
            for (io::ByteSpan left{data}; !left.empty();) {
                left = left.subspan(reader.read(left));
            }
            io::append(contents[name], data);
        }
    }
    return contents;
}

std::string plain(const std::string& name)
{
    return test::golden_path + "/plain/target/duplicity-" + name;
}

Contents full_volumes()
{
    return contents_of({plain("full.20240101T000000Z.vol1.difftar.gz"),
                        plain("full.20240101T000000Z.vol2.difftar.gz")});
}

/// Size and sha256 of the regular files in a tree list, by their path as printed there.
std::map<std::string, std::pair<std::size_t, std::string>> tree(const std::string& time)
{
    std::map<std::string, std::pair<std::size_t, std::string>> files;
    std::ifstream list{test::golden_path + "/plain/tree-" + time + ".txt"};
    for (std::string line; std::getline(list, line);) {
        std::istringstream fields{line};
        std::string type, mode, uid, gid, mtime, size, sha256, path;
        fields >> type >> mode >> uid >> gid >> mtime >> size >> sha256 >> path;
        if (type == "f") {
            files[path] = {std::stoul(size), sha256};
        }
    }
    return files;
}

}  // namespace

TEST_CASE("duplicity's signatures are made again from the contents they are of")
{
    const auto contents = full_volumes();
    const auto signatures = contents_of({plain("full-signatures.20240101T000000Z.sigtar.gz")});
    int compared = 0;
    for (const auto& row : signatures) {
        const auto& name = row.first;
        CAPTURE(name);
        REQUIRE(name.starts_with("signature/"));
        const auto& content = contents.at("snapshot/" + name.substr(10));
        io::MemorySink ours;
        rdiff::SignatureMaker maker{rdiff::block_bytes(content.size()), ours};
        maker.write(content);
        maker.finish();
        CHECK(std::ranges::equal(ours.view(), row.second));
        ++compared;
    }
    CHECK(compared > 30);
}

TEST_CASE("duplicity's deltas turn the first day's contents into the second day's")
{
    const auto before = full_volumes();
    const auto changes =
        contents_of({plain("inc.20240101T000000Z.to.20240102T000000Z.vol1.difftar.gz")});
    const auto expected = tree("20240102T000000Z");
    const auto old_signatures = contents_of({plain("full-signatures.20240101T000000Z.sigtar.gz")});
    const auto new_signatures =
        contents_of({plain("new-signatures.20240101T000000Z.to.20240102T000000Z.sigtar.gz")});
    int compared = 0;
    for (const auto& row : changes) {
        const auto& name = row.first;
        const auto& delta = row.second;
        if (!name.starts_with("diff/")) {
            continue;
        }
        CAPTURE(name);
        const auto path = name.substr(5);
        const auto basis = test::file_of(before.at("snapshot/" + path));
        io::ViewSource source{delta};
        io::MemorySink out;
        rdiff::patch(basis.fd(), path, source, out);
        const auto& [size, sha256] = expected.at(test::escaped(path));
        CHECK(out.view().size() == size);
        CHECK(io::digest_hex(io::Digest::Algorithm::sha256, out.view()) == sha256);

        // And the other way: from duplicity's signature, the same delta.
        const auto& signature = old_signatures.at("signature/" + path);
        test::Spilled spilled{signature};
        const rdiff::SignatureTable table{spilled.buffer, io::default_temp_directory()};
        io::MemorySink again;
        rdiff::DeltaMaker maker{table, again};
        maker.write(out.view());
        maker.finish();
        CHECK(std::ranges::equal(again.view(), delta));

        const bool unchanged = std::ranges::equal(out.view(), before.at("snapshot/" + path));
        CHECK(rdiff::same_content(signature, new_signatures.at("signature/" + path)) == unchanged);
        ++compared;
    }
    CHECK(compared >= 4);
}
