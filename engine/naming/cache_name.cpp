#include "engine/naming/cache_name.hpp"

#include "storage/io/digest.hpp"

namespace duplid::naming {

std::string cache_name_of_url(std::string_view url)
{
    return io::digest_hex(io::Digest::Algorithm::md5, io::view_of(url));
}

}  // namespace duplid::naming
