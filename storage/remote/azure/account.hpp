// Whose storage it is, and what proves it: Azure's credentials from the caller's variables.
//
// Facts: backends.md 4.3. A connection string is what Azure's portal hands out:
// "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=k==;EndpointSuffix=core.windows.net".
#pragma once

#include "storage/io/secret.hpp"
#include "storage/remote/variables.hpp"

#include <string>

namespace duplid::azure {

/// Has a key or a token.
struct Account {
    /// Empty where a token and an endpoint are all there is: only a key's signature names it.
    std::string name;
    /// "https://NAME.blob.core.windows.net" or "http://host:port/NAME", without a slash at its end.
    std::string endpoint;
    io::Secret key{};    ///< its bytes
    io::Secret token{};  ///< a shared access signature: a query, without '?'
};

/// AZURE_CONNECTION_STRING (duplicity 0.8.22), else AZURE_ACCOUNT_NAME with AZURE_ACCOUNT_KEY or
/// AZURE_SHARED_ACCESS_SIGNATURE and, if need be, AZURE_ENDPOINT_SUFFIX (0.8.04). A key goes before
/// a token. Throws: Error denied when nothing is given, invalid when it makes no sense.
[[nodiscard]] Account account_from(const remote::Variables& variables);

}  // namespace duplid::azure
