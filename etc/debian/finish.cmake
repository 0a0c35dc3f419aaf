# What Debian asks of a package's files beyond being installed: run by CPack on the tree to be packed.
set(tree ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(documents ${tree}/usr/share/doc/duplid)
file(MAKE_DIRECTORY ${documents})
file(COPY ${CPACK_DUPLID_DEBIAN_DIR}/copyright DESTINATION ${documents})
configure_file(${CPACK_DUPLID_DEBIAN_DIR}/changelog ${documents}/changelog.Debian COPYONLY)
configure_file(${CPACK_DUPLID_SOURCE_DIR}/CHANGELOG.md ${documents}/changelog COPYONLY)

file(GLOB pages ${tree}/usr/share/man/man*/*.[1-9])
foreach(file ${pages} ${documents}/changelog.Debian ${documents}/changelog)
    execute_process(COMMAND gzip -9n ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
