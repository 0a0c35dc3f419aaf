#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#ifdef __SANITIZE_THREAD__
// An exception that crosses threads in a future is counted by libstdc++.so, which is not
// instrumented: the thread sanitizer sees the last owner delete it, and not the count that ordered
// this after the other's reading.
extern "C" const char* __tsan_default_suppressions()  // NOLINT: the sanitizer's name
{
    return "race:std::__future_base::_Result<*>::_M_destroy\n";
}
#endif
