// Logging in to Swift, in the three ways there are.
#pragma once

#include "storage/remote/http/client.hpp"
#include "storage/remote/swift/account.hpp"
#include "storage/remote/swift/answers.hpp"

#include <string>

namespace duplid::swift {

/// The body of a login of versions 2 and 3. Holds the password: wipe it. Throws: Error invalid for
/// a password that no JSON can hold.
[[nodiscard]] std::string login_body(const Account& account);

/// Throws: Error denied when the service does not accept the account, unreachable, invalid.
[[nodiscard]] Session log_in(http::Client& client, const Account& account);

}  // namespace duplid::swift
