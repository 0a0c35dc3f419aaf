// gpg-exec: executes gpg with options that gpgme cannot pass (architecture.md 3).
//
// gpgme runs one program, without arguments of ours. It gets the name of a symbolic link to this
// program, in a directory of the run; the file `gpg-words` beside the link says the rest. Nothing
// is generated that must be executable, so a temporary directory mounted noexec does no harm.
//
// gpgme gives a program its name without the directory, so argv[0] does not tell where the link is;
// AT_EXECFN does, the name that execve(2) got.
#include "engine/codec/gpg_exec.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/auxv.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr int status_not_found = 127;  // as a shell says it

int fail(const std::string& what)
{
    std::fprintf(stderr, "gpg-exec: %s\n", what.c_str());
    return status_not_found;
}

}  // namespace

int main(int argc, char** argv)
{
    // The kernel passes the address of a string as a number.
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    const auto* called = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
    std::string path = called == nullptr ? "" : called;
    path.erase(path.rfind('/') + 1);
    path += duplid::codec::gpg_exec_words;

    std::ifstream file{path, std::ios::binary};
    std::string words{std::istreambuf_iterator<char>{file}, {}};
    if (!file || words.empty() || words.back() != '\0') {
        return fail("cannot read " + path + "; this program is only for duplid's use");
    }
    std::vector<char*> arguments;
    for (std::size_t at = 0; at < words.size(); at += std::strlen(&words[at]) + 1) {
        arguments.push_back(&words[at]);
    }
    for (int i = 1; i < argc; ++i) {
        arguments.push_back(argv[i]);
    }
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    return fail(std::string{arguments[0]} + ": " + std::strerror(errno));
}
