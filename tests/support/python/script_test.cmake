# duplid_script_test(NAME LABEL L TIMEOUT SECONDS SCRIPT FILE [ARGS ...] [SERIAL]): one Python
# unittest script (or, with ARGS, a part of it such as `-k plain`) as one CTest test. The scripts
# find the programs under test through DUPLID_BIN and DUPLICTL_BIN. Status 77 means: nothing of this
# test could run here (no mount right, say), which CTest then shows as skipped, not as passed.
# Those that may take longest are begun first (COST), so that nobody waits for one of them at the end.
# DUPLID_SANITIZE is empty unless the programs were built with sanitizers, whose memory is not theirs.
#
# Building needs no Python: where there is none, these tests do not exist, and configuring says so.
# tests/run installs it before it configures.
find_package(Python3 3.11 QUIET COMPONENTS Interpreter)
if(NOT Python3_FOUND)
    message(STATUS "No Python 3.11: the tests of ${CMAKE_CURRENT_SOURCE_DIR} are left out")
elseif(NOT DUPLID_TEST_PYTHON)
    # Itself, not what may stand in PATH for it: pyenv's stand-in takes a quarter of a second each time.
    execute_process(COMMAND ${Python3_EXECUTABLE} -c "import sys; print(sys.executable)"
                    OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE)
    set(DUPLID_TEST_PYTHON "${found}" CACHE INTERNAL "The interpreter that runs the tests")
endif()

function(duplid_script_test name)
    if(NOT Python3_FOUND)
        return()
    endif()
    cmake_parse_arguments(arg "SERIAL" "LABEL;TIMEOUT;SCRIPT" "ARGS" ${ARGN})
    add_test(NAME ${name}
             COMMAND ${DUPLID_TEST_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/${arg_SCRIPT} ${arg_ARGS})
    set_tests_properties(${name} PROPERTIES
        LABELS "${arg_LABEL}"
        TIMEOUT ${arg_TIMEOUT}
        COST ${arg_TIMEOUT}
        SKIP_RETURN_CODE 77
        ENVIRONMENT "DUPLID_BIN=$<TARGET_FILE:duplid>;DUPLICTL_BIN=$<TARGET_FILE:duplictl>;DUPLID_SANITIZE=${DUPLID_SANITIZE};PYTHONDONTWRITEBYTECODE=1")
    if(DUPLID_SANITIZE STREQUAL "thread")
        set_property(TEST ${name} APPEND PROPERTY
            ENVIRONMENT "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/support/thread_sanitizer.supp")
    endif()
    if(arg_SERIAL)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
    endif()
endfunction()
