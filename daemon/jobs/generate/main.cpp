// Prints one of the configuration's manual pages; run by the build.
#include "daemon/jobs/manual.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

int main(int argc, char** argv)
{
    using namespace duplid::jobs;
    const std::span words{argv, static_cast<std::size_t>(argc)};
    const std::string_view page = words.size() == 3 ? words[1] : "";
    if (page != "duplid-job" && page != "duplid.json") {
        std::fputs("usage: duplid_config_documents duplid-job|duplid.json EXAMPLE\n", stderr);
        return 2;
    }
    std::ifstream file{words[2], std::ios::binary};
    const std::string example{std::istreambuf_iterator<char>{file}, {}};
    if (example.empty()) {
        std::fprintf(stderr, "there is nothing in %s\n", words[2]);
        return 1;
    }
    const auto text = page == "duplid-job" ? job_manual(example) : settings_manual(example);
    return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
}
