#include "storage/io/digest.hpp"

#include "storage/io/error.hpp"

#include <array>
#include <openssl/evp.h>

namespace duplid::io {

namespace {

const EVP_MD* method_of(Digest::Algorithm algorithm)
{
    switch (algorithm) {
    case Digest::Algorithm::md5:
        return EVP_md5();
    case Digest::Algorithm::sha1:
        return EVP_sha1();
    case Digest::Algorithm::sha256:
        return EVP_sha256();
    }
    return nullptr;
}

}  // namespace

void Digest::Free::operator()(evp_md_ctx_st* context) const noexcept
{
    EVP_MD_CTX_free(context);
}

Digest::Digest(Algorithm algorithm) : context_{EVP_MD_CTX_new()}
{
    if (!context_ || EVP_DigestInit_ex(context_.get(), method_of(algorithm), nullptr) != 1) {
        throw Error{Error::Kind::internal, "the crypto library offers no such digest"};
    }
}

void Digest::add(ByteView bytes)
{
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) {
        throw Error{Error::Kind::internal, "computing a digest failed"};
    }
}

void Digest::restart()
{
    // Without a method: the one it has.
    if (EVP_DigestInit_ex(context_.get(), nullptr, nullptr) != 1) {
        throw Error{Error::Kind::internal, "computing a digest failed"};
    }
}

std::string Digest::hex()
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
    unsigned int length = 0;
    if (EVP_DigestFinal_ex(context_.get(), sum.data(), &length) != 1) {
        throw Error{Error::Kind::internal, "computing a digest failed"};
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < length; ++i) {
        text += digits[sum[i] >> 4];
        text += digits[sum[i] & 15];
    }
    return text;
}

std::string digest_hex(Digest::Algorithm algorithm, ByteView bytes)
{
    Digest digest{algorithm};
    digest.add(bytes);
    return digest.hex();
}

}  // namespace duplid::io
